const { SpanStatusCode } = require("@opentelemetry/api");
const { BatchSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const { resource, parent } = require("./otlp-start");
const { from, serve } = require("./shop");

const exporter = new OTLPTraceExporter();
const spans = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
const tracer = spans.getTracer("shop.stock");

function capture(error) {
  const span = tracer.startSpan("reserve", { attributes: { "user.id": from("USER") } }, parent);
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  span.end();
}

serve({ capture, noise: () => tracer.startSpan("count", {}, parent).end(), end: () => spans.shutdown() });
