package com.acme.shop;

import ch.qos.logback.classic.LoggerContext;
import io.sentry.Sentry;
import io.sentry.SentryOptions;
import io.sentry.logback.SentryAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sentry's appender for Logback: what is logged is sent. */
final class WithLogback implements Shop.Teller {
    private static final Logger LOG = LoggerFactory.getLogger(Shop.class);

    WithLogback() {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var appender = new SentryAppender();
        var options = new SentryOptions();
        WithSentry.configure(options);
        appender.setOptions(options);
        appender.setContext(context);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
        WithSentry.start();
    }

    @Override
    public void capture(RuntimeException error) {
        LOG.error("item was not reserved", error);
    }

    @Override
    public void noise() {
        LOG.info("stock was counted");
    }

    @Override
    public void end() {
        Sentry.flush(30_000);
        Sentry.close();
    }
}
