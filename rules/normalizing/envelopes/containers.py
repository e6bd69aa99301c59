"""Lines of containers, as Docker's drivers json-file, fluentd and gelf write them.

https://docs.docker.com/engine/logging/drivers/json-file/
https://docs.docker.com/engine/logging/drivers/fluentd/
https://docs.docker.com/engine/logging/drivers/gelf/
"""

from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.envelopes.lines import quiet
from rules.normalizing.paths import first_text, obj

__all__ = ["ENVELOPES"]

_KNOWN = frozenset({"log", "stream", "time", "attrs", "container_id", "container_name", "source", "date", "@timestamp"})
_LABELLED = ("com.docker.compose.service", "com.docker.swarm.service.name", "app", "service")
_STDOUT = 6  # the level that the GELF driver gives to lines of standard output
_SHORT_ID = 12  # the length in which Docker shows ids


def _open(record: Record) -> list[Opened]:
    line = record["log"]
    labels = obj(record.get("attrs"))
    name = (first_text(record, "container_name") or "").lstrip("/")
    identity = (first_text(record, "container_id") or "")[:_SHORT_ID]
    context: dict[str, Any] = {
        "timestamp": first_text(record, "time", "@timestamp") or record.get("date"),
        "service": first_text(labels, *_LABELLED) or name,
        "instance_id": identity or name,
        "tags": {**({"container": name} if name else {}), **{k: v for k, v in labels.items() if isinstance(v, str)}},
        "extra": {key: value for key, value in record.items() if key not in _KNOWN},
        **quiet(line, record.get("stream") or record.get("source")),
    }
    return [Opened(line, {field: value for field, value in context.items() if value})]


def _open_gelf(record: Record) -> list[Opened]:
    """Docker's GELF driver: the level is only that of the stream."""
    line = record["short_message"]
    name = (first_text(record, "_container_name") or "").lstrip("/")
    context: dict[str, Any] = {
        "timestamp": record.get("timestamp"),
        "service": name,
        "hostname": first_text(record, "host"),
        "instance_id": (first_text(record, "_container_id") or "")[:_SHORT_ID],
        "tags": {"container": name, "image": first_text(record, "_image_name") or ""},
        **quiet(line, "stdout" if record.get("level") == _STDOUT else "stderr"),
    }
    return [Opened(line, {field: value for field, value in context.items() if value})]


def _detect(record: Record) -> bool:
    return isinstance(record["log"], str) and (
        ("stream" in record and "time" in record) or ("container_id" in record and "source" in record)
    )


ENVELOPES = (
    Envelope(frozenset({"log"}), _detect, _open),
    Envelope(frozenset({"_container_id"}), lambda record: isinstance(record.get("short_message"), str), _open_gelf),
)
