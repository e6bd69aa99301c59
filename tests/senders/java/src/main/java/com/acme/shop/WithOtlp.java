package com.acme.shop;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;

/** OpenTelemetry's SDK: logs, or spans. */
final class WithOtlp implements Shop.Teller {
    private static final Resource ABOUT = Resource.getDefault().merge(Resource.create(Attributes.builder()
        .put("service.name", "shop")
        .put("service.version", Shop.told("RELEASE"))
        .put("deployment.environment.name", Shop.told("ENVIRONMENT"))
        .build()));
    private final String url = Shop.told("URL");
    private final String key = "Bearer " + Shop.told("KEY");
    private final SdkLoggerProvider logs = SdkLoggerProvider.builder().setResource(ABOUT)
        .addLogRecordProcessor(BatchLogRecordProcessor.builder(OtlpHttpLogRecordExporter.builder()
            .setEndpoint(url + "/v1/logs").addHeader("Authorization", key).setCompression("gzip").build()).build())
        .build();
    private final SdkTracerProvider spans = SdkTracerProvider.builder().setResource(ABOUT)
        .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
            .setEndpoint(url + "/v1/traces").addHeader("Authorization", key).setCompression("gzip").build()).build())
        .build();
    private final Context parent = Context.root().with(Span.wrap(SpanContext.createFromRemoteParent(
        Shop.told("TRACE"), "00f067aa0ba902b7", TraceFlags.getSampled(), TraceState.getDefault())));
    private final boolean bySpans;

    WithOtlp(boolean bySpans) {
        this.bySpans = bySpans;
    }

    @Override
    public void capture(RuntimeException error) {
        if (bySpans) {
            var span = spans.get("shop.stock").spanBuilder("reserve").setParent(parent)
                .setAttribute("user.id", Shop.told("USER")).startSpan();
            span.recordException(error);
            span.setStatus(StatusCode.ERROR, error.getMessage());
            span.end();
            return;
        }
        var trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        logs.get("shop.stock").logRecordBuilder().setContext(parent).setSeverity(Severity.ERROR)
            .setBody("item was not reserved").setAllAttributes(Attributes.builder()
                .put("exception.type", error.getClass().getName()).put("exception.message", error.getMessage())
                .put("exception.stacktrace", trace.toString()).put("user.id", Shop.told("USER")).build()).emit();
    }

    @Override
    public void noise() {
        if (bySpans) {
            spans.get("shop.stock").spanBuilder("count").setParent(parent).startSpan().end();
        } else {
            logs.get("shop.stock").logRecordBuilder().setSeverity(Severity.INFO).setBody("stock was counted").emit();
        }
    }

    @Override
    public void end() {
        spans.shutdown().join(60, TimeUnit.SECONDS);
        logs.shutdown().join(60, TimeUnit.SECONDS);
    }
}
