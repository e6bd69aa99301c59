package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var about = resource.NewSchemaless(
	attribute.String("service.name", "shop"),
	attribute.String("service.version", told("RELEASE")),
	attribute.String("deployment.environment.name", told("ENVIRONMENT")),
)

func inTrace() context.Context {
	id := must(trace.TraceIDFromHex(told("TRACE")))
	span := must(trace.SpanIDFromHex("00f067aa0ba902b7"))
	where := trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: trace.FlagsSampled})
	return trace.ContextWithSpanContext(context.Background(), where)
}

func startLogs() shop {
	ctx := inTrace()
	exporter := must(otlploghttp.New(ctx, otlploghttp.WithCompression(otlploghttp.GzipCompression)))
	logs := log.NewLoggerProvider(log.WithResource(about), log.WithProcessor(log.NewBatchProcessor(exporter)))
	logger := slog.New(otelslog.NewHandler("shop/stock", otelslog.WithLoggerProvider(logs), otelslog.WithSource(true)))
	return shop{
		catch: func(text string) {
			logger.ErrorContext(ctx, "item was not reserved", "error", reserve(text), "user.id", told("USER"))
		},
		noise: func() { logger.InfoContext(ctx, "stock was counted") },
		end:   func() { _ = logs.Shutdown(ctx) },
	}
}

func startTraces() shop {
	ctx := inTrace()
	exporter := must(otlptracehttp.New(ctx, otlptracehttp.WithCompression(otlptracehttp.GzipCompression)))
	spans := sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(exporter))
	tracer := spans.Tracer("shop/stock")
	return shop{
		catch: func(text string) {
			_, span := tracer.Start(ctx, "reserve", trace.WithAttributes(attribute.String("user.id", told("USER"))))
			err := reserve(text)
			span.RecordError(err, trace.WithStackTrace(true))
			span.SetStatus(codes.Error, err.Error())
			span.End()
		},
		noise: func() {
			_, span := tracer.Start(ctx, "count")
			span.End()
		},
		end: func() { _ = spans.Shutdown(ctx) },
	}
}
