"""CloudEvents: in structured mode as JSON, in binary mode in a record's headers.

https://github.com/cloudevents/spec/blob/main/cloudevents/spec.md
https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.contract import Envelope, Opened

__all__ = ["ENVELOPES", "from_attributes"]

_READ = frozenset(
    {"specversion", "id", "source", "type", "time", "subject", "data", "data_base64", "datacontenttype", "dataschema",
     "traceparent", "tracestate"}
)  # fmt: skip
_TRACEPARENT_PARTS = 4


def from_attributes(attributes: Mapping[str, Any]) -> Draft:
    """What an event's attributes say of the error within."""
    source, kind = attributes.get("source"), attributes.get("type")
    tags = {"event_type": kind, "event_subject": attributes.get("subject")}
    context: Draft = {
        "event_id": attributes.get("id"),
        "service": source.strip("/") if isinstance(source, str) else None,
        "timestamp": attributes.get("time"),
        "error_type": kind,
        "tags": {name: value for name, value in tags.items() if isinstance(value, str)},
        "extra": {name: value for name, value in attributes.items() if name not in _READ},
        **_trace(attributes.get("traceparent")),
    }
    return {field: value for field, value in context.items() if value}


def _trace(traceparent: Any) -> Draft:
    """The distributed tracing extension: W3C's `version-trace id-span id-flags`."""
    parts = traceparent.split("-") if isinstance(traceparent, str) else []
    return {"trace_id": parts[1], "span_id": parts[2]} if len(parts) == _TRACEPARENT_PARTS else {}


def _open(record: Record) -> list[Opened]:
    return [Opened(_data(record), from_attributes(record))]


def _data(record: Record) -> Any:
    encoded = record.get("data_base64")
    if isinstance(encoded, str):
        try:
            return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return encoded
    data = record.get("data")
    return {} if data is None else data


ENVELOPES = (
    Envelope(frozenset({"specversion"}), lambda record: "type" in record and "source" in record, _open, "cloudevents"),
)
