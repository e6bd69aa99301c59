"""The trace of OpenTelemetry's active span."""

from opentelemetry import trace as otel

import seawall_client

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_the_trace_of_opentelemetry_counts_most(client, gateway):
    made = client()
    context = otel.SpanContext(int(TRACE, 16), 0xF067AA0BA902B7, is_remote=False, trace_flags=otel.TraceFlags(1))
    with otel.use_span(otel.NonRecordingSpan(context)), seawall_client.isolation_scope():
        seawall_client.capture_message("m")
        assert seawall_client.traceparent() == f"00-{TRACE}-00f067aa0ba902b7-01"
    made.flush(10)
    (event,) = gateway.wait()
    assert (event["trace_id"], event["span_id"]) == (TRACE, "00f067aa0ba902b7")


def test_without_a_span_the_scope_has_a_trace_of_its_own(client, gateway):
    made = client()
    with seawall_client.isolation_scope():
        seawall_client.capture_message("m")
    made.flush(10)
    assert len(gateway.wait()[0]["trace_id"]) == 32
