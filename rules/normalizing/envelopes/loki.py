"""Lines on their way to Grafana Loki or out of it: its push API, `logcli`, and what Promtail and Alloy `pack`.

https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
https://grafana.com/docs/loki/latest/send-data/promtail/stages/pack/
"""

from itertools import islice
from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.envelopes.lines import quiet
from rules.normalizing.levels import severity
from rules.normalizing.paths import first_text, obj

__all__ = ["ENVELOPES"]

_SERVICES = ("service_name", "service", "app", "app_kubernetes_io_name", "job", "container", "container_name", "unit")
_MAX_STREAMS = 1_000
_MAX_LINES = 1_000  # of one stream


def _told(labels: Any) -> Draft:
    labels = {name: value for name, value in obj(labels).items() if isinstance(value, str)}
    context: Draft = {
        "service": first_text(labels, *_SERVICES),
        "hostname": first_text(labels, "node_name", "node", "host", "hostname", "nodename"),
        "instance_id": first_text(labels, "pod", "instance"),
        "environment": first_text(labels, "environment", "env"),
        "severity": severity(first_text(labels, "detected_level", "level", "severity")),
        "tags": labels,
    }
    return {field: value for field, value in context.items() if value}


def _opened(line: Any, moment: Any, context: Draft) -> Opened:
    line = line if isinstance(line, str) else ""
    return Opened(line, {**quiet(line, context.get("tags", {}).get("stream")), **context, "timestamp": moment})


def _open_push(record: Record) -> list[Opened]:
    opened: list[Opened] = []
    for stream in record["streams"][:_MAX_STREAMS]:
        context = _told(obj(stream).get("stream"))
        values = obj(stream).get("values")
        pairs = islice(values, _MAX_LINES) if isinstance(values, list) else ()
        opened += [_opened(one[1], one[0], context) for one in pairs if isinstance(one, list) and len(one) > 1]
    return opened


def _open_line(record: Record) -> list[Opened]:
    return [_opened(record["line"], record.get("timestamp"), _told(record["labels"]))]


def _open_packed(record: Record) -> list[Opened]:
    labels = {name: value for name, value in record.items() if name != "_entry"}
    return [_opened(record["_entry"], None, _told(labels))]


ENVELOPES = (
    Envelope(frozenset({"streams"}), lambda record: isinstance(record["streams"], list), _open_push),
    Envelope(
        frozenset({"line"}),
        lambda record: isinstance(record["line"], str) and isinstance(record.get("labels"), dict),
        _open_line,
    ),
    Envelope(frozenset({"_entry"}), lambda record: isinstance(record["_entry"], str), _open_packed),
)
