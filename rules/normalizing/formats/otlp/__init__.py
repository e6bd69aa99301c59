"""OpenTelemetry's protocol: logs and spans, in JSON and in protobuf, as exporters and the Collector write them.

`records` is what both forms are read into, `conventions` knows the names of attributes, `logs` and `spans` make drafts.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from models.reasons import DeadReason
from rules.coercing import Remarks
from rules.normalizing.contract import BytesFormat, ObjectFormat, Record
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.formats.otlp import from_json, from_protobuf
from rules.normalizing.formats.otlp.logs import read_log
from rules.normalizing.formats.otlp.records import Log
from rules.normalizing.formats.otlp.spans import read_spans
from rules.normalizing.formats.otlp.wire import kind_of

__all__ = ["FORMAT", "PROTOBUF"]

_MOST = 1_000  # drafts of one record
_LOGS = frozenset({"resourceLogs", "resource_logs"})
_SPANS = frozenset({"resourceSpans", "resource_spans"})
_OTHERS = frozenset({"resourceMetrics", "resource_metrics", "resourceProfiles", "resource_profiles"})
_LOG = frozenset({"timeUnixNano", "observedTimeUnixNano", "time_unix_nano", "observed_time_unix_nano"})
_SPAN = frozenset({"startTimeUnixNano", "start_time_unix_nano"})
_LOG_TOO = frozenset({"body", "severityNumber", "severity_number", "severityText", "severity_text", "attributes"})


def _detect(record: Record) -> bool:
    keys = record.keys()
    if not (_LOGS | _SPANS | _OTHERS).isdisjoint(keys):
        return True
    return not (_LOG.isdisjoint(keys) or _LOG_TOO.isdisjoint(keys)) or not _SPAN.isdisjoint(keys)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    """The logs and the errors in spans.

    Raises:
        NotAnError: there are none.
    """
    drafts: list[Draft] = []
    if not _LOGS.isdisjoint(record):
        drafts += _logs(from_json.logs(record), remarks)
    elif not _LOG.isdisjoint(record):
        drafts.append(read_log(from_json.one_log(record), remarks))
    if not _SPANS.isdisjoint(record):
        drafts += islice(read_spans(from_json.spans(record)), _MOST + 1)  # one more than are kept, so that it is noted
    elif not _SPAN.isdisjoint(record):
        drafts += read_spans([from_json.one_span(record)])
    return _some(drafts)


def _parse_bytes(value: bytes, _: Mapping[str, bytes], remarks: Remarks) -> list[Draft]:
    """The logs, or the errors in spans.

    Raises:
        NotAnError: there are none.
        Unreadable: these are no logs, spans or metrics.
    """
    kind = kind_of(value)
    if kind is None:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is said to be OTLP and is none")
    if kind == "logs":
        return _some(_logs(from_protobuf.logs(value), remarks))
    return _some(list(islice(read_spans(from_protobuf.spans(value)), _MOST + 1)) if kind == "spans" else [])


def _logs(logs: Iterable[Log], remarks: Remarks) -> list[Draft]:
    """The logs as drafts; of too many, the gravest."""
    every = list(logs)
    if len(every) > _MOST:
        remarks.add("", "cut", len(every))
        gravest = sorted(range(len(every)), key=lambda index: -every[index].severity)[:_MOST]
        every = [every[index] for index in sorted(gravest)]
    return [read_log(log, remarks) for log in every]


def _some(drafts: list[Draft]) -> list[Draft]:
    if not drafts:
        raise NotAnError("telemetry without logs or errors")
    return drafts


def _certain(value: bytes) -> bool:
    return kind_of(value) in {"logs", "spans", "metrics"}


FORMAT = ObjectFormat("otlp", _LOGS | _SPANS | _OTHERS | _LOG | _SPAN, _detect, _parse)
PROTOBUF = BytesFormat(
    "otlp-protobuf",
    frozenset({"application/x-protobuf", "application/vnd.google.protobuf", "application/protobuf"}),
    _certain,
    _parse_bytes,
)
