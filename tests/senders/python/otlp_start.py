"""What logs and traces of OpenTelemetry have in common."""

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from told import ENVIRONMENT, RELEASE, TRACE

RESOURCE = Resource.create(
    {"service.name": "shop", "service.version": RELEASE, "deployment.environment.name": ENVIRONMENT}
)
PARENT = trace.NonRecordingSpan(
    trace.SpanContext(int(TRACE, 16), 0x00F067AA0BA902B7, is_remote=True, trace_flags=trace.TraceFlags(1))
)
