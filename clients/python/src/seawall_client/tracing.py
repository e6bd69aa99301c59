"""Which trace an error belongs to: OpenTelemetry's active one, the request's, or one of our own.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import random
import re
import sys
from typing import NamedTuple

__all__ = ["Trace", "active_trace", "new_trace", "parse_traceparent", "traceparent_of"]

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_MAX_TRACEPARENT = 200
_MAX_VERSION_0 = 55  # no version 0 is longer
_random = random.SystemRandom()  # no state that forked processes would share


class Trace(NamedTuple):
    """Ids in lower-case hexadecimal. `span_id` is of the work done here."""

    trace_id: str
    span_id: str
    sampled: bool = True


def new_trace() -> Trace:
    """A trace that begins here."""
    return Trace(f"{_random.getrandbits(128) or 1:032x}", _new_span())


def parse_traceparent(header: str | None) -> Trace | None:
    """The trace that a request says it is part of, with a span of our own; None where the header is not valid."""
    if not header or len(header) > _MAX_TRACEPARENT:
        return None
    header = header.strip()
    found = _TRACEPARENT.fullmatch(header)
    if found is None or (header.startswith("00") and len(header) > _MAX_VERSION_0):
        return None
    trace_id, parent, flags = found.groups()
    if not trace_id.strip("0") or not parent.strip("0"):
        return None
    return Trace(trace_id, _new_span(), bool(int(flags, 16) & 1))


def traceparent_of(trace: Trace) -> str:
    """The header that hands the trace on."""
    return f"00-{trace.trace_id}-{trace.span_id}-{'01' if trace.sampled else '00'}"


def active_trace() -> Trace | None:
    """OpenTelemetry's active span, if the program uses OpenTelemetry."""
    module = sys.modules.get("opentelemetry.trace")
    if module is None:
        return None
    context = module.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", bool(context.trace_flags & 1))


def _new_span() -> str:
    return f"{_random.getrandbits(64) or 1:016x}"
