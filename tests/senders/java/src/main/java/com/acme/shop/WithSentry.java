package com.acme.shop;

import io.sentry.SendCachedEnvelopeFireAndForgetIntegration;
import io.sentry.SendFireAndForgetEnvelopeSender;
import io.sentry.Sentry;
import io.sentry.SentryOptions;
import io.sentry.protocol.User;
import java.util.List;

/** Sentry's SDK by itself. */
final class WithSentry implements Shop.Teller {
    WithSentry() {
        Sentry.init(WithSentry::configure);
        start();
    }

    static void configure(SentryOptions options) {
        options.setDsn(Shop.told("DSN"));
        options.setRelease(Shop.told("RELEASE"));
        options.setEnvironment(Shop.told("ENVIRONMENT"));
        options.addInAppInclude("com.acme");
        options.setTracesSampleRate(1.0);
        options.setCacheDirPath(System.getenv("WORK") + "/cache");
        options.addIntegration(new SendCachedEnvelopeFireAndForgetIntegration(
            new SendFireAndForgetEnvelopeSender(options::getCacheDirPath)));
    }

    static void start() {
        var user = new User();
        user.setId(Shop.told("USER"));
        Sentry.setUser(user);
        Sentry.continueTrace(Shop.told("TRACE") + "-00f067aa0ba902b7-1", List.of());
    }

    @Override
    public void capture(RuntimeException error) {
        Sentry.captureException(error);
    }

    @Override
    public void noise() {
        Sentry.startTransaction("noise", "task").finish();
        Sentry.startSession();
        Sentry.endSession();
    }

    @Override
    public void end() {
        Sentry.flush(30_000);
        Sentry.close();
    }
}
