from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from otlp_start import PARENT, RESOURCE
from shop import OutOfStockError, reserve, serve
from told import USER

spans = TracerProvider(resource=RESOURCE)
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = spans.get_tracer("shop.stock")
parent = trace.set_span_in_context(PARENT)


def catch(text):
    try:
        with tracer.start_as_current_span("reserve", context=parent, attributes={"user.id": USER}):
            reserve(text)
    except OutOfStockError:
        pass


def noise():
    with tracer.start_as_current_span("count", context=parent):
        pass


serve(catch, noise)
spans.shutdown()
