"""Envelopes, in which Sentry's SDKs send events and all else: a line of headers, then items with one each.

https://develop.sentry.dev/sdk/foundations/transport/envelopes/
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from models.reasons import DeadReason
from rules.coercing import Remarks
from rules.normalizing.contract import BytesFormat
from rules.normalizing.decoding import decode
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.formats import browser_report, sentry
from rules.normalizing.formats.sentry_log import parse_log

__all__ = ["FORMAT"]

_LONGEST_HEADER = 65_536  # a header line with more is none of an SDK's
_MOST_ITEMS = 1_000
_MOST_LOGS = 1_001  # of an item: one more than are kept of a record, so that it is noted
_BLANK = re.compile(rb"[\r\n]+")
_HEADER = frozenset({"event_id", "dsn", "sdk", "sent_at", "trace"})
_EVENTS = frozenset({"event", "error", "default", "security"})
_OTHERS = frozenset({
    "transaction", "session", "sessions", "attachment", "client_report", "user_report", "feedback", "profile",
    "profile_chunk", "replay_event", "replay_recording", "replay_video", "check_in", "span", "statsd", "metric_buckets",
    "metric_meta", "trace_metric", "nel", "unreal_report", "form_data", "user_report_v2", "otel_log", "integration",
})  # fmt: skip
_KNOWN = _EVENTS | _OTHERS | {"log", "raw_security"}


class _Item(NamedTuple):
    header: dict[str, Any]
    payload: bytes


def _detect(value: bytes) -> bool:
    """A line with headers of an envelope and nothing else, and after it one with those of an item."""
    if not value.startswith(b"{"):
        return False
    first, _, rest = value.partition(b"\n")
    header, item = _headers(first), _headers(rest.lstrip(b"\r\n").partition(b"\n")[0])
    if header is None or item is None or not header.keys() <= _HEADER:
        return False
    return str(item.get("type")) in _KNOWN and (len(header) > 0 or "length" in item)


def _headers(line: bytes) -> dict[str, Any] | None:
    if len(line) > _LONGEST_HEADER:
        return None
    try:
        headers = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return headers if isinstance(headers, dict) else None


def _parse(value: bytes, _: Mapping[str, bytes], remarks: Remarks) -> list[Draft]:
    """The errors among the items; the others are passed over.

    Raises:
        Unreadable: it is no envelope, or none of its errors can be read.
        NotAnError: it holds no errors.
    """
    first, _newline, rest = value.partition(b"\n")
    header = _headers(first)
    if header is None:
        raise Unreadable(DeadReason.INVALID_JSON, "the record is said to be an envelope and has no headers")
    drafts: list[Draft] = []
    problem: Unreadable | None = None
    for index, item in enumerate(_items(rest)):
        try:
            drafts.extend(_read(item, header, remarks))
        except NotAnError:
            continue
        except Unreadable as error:
            problem = error
            remarks.add(f"items.{index}", "invalid", len(item.payload))
    if not drafts:
        raise problem or NotAnError("an envelope without an error")
    return drafts


def _items(rest: bytes) -> Iterator[_Item]:
    """The items, up to what is none; a payload without a length ends with its line."""
    at = 0
    for _ in range(_MOST_ITEMS):
        if (blank := _BLANK.match(rest, at)) is not None:
            at = blank.end()
        end = rest.find(b"\n", at)
        end = len(rest) if end < 0 else end
        header = _headers(rest[at:end]) if end > at else None
        if header is None:
            return
        at = min(end + 1, len(rest))
        length = header.get("length")
        if isinstance(length, int) and length >= 0:
            stop = min(at + length, len(rest))
        else:
            stop = rest.find(b"\n", at)
            stop = len(rest) if stop < 0 else stop
        yield _Item(header, rest[at:stop])
        at = stop


def _read(item: _Item, envelope: dict[str, Any], remarks: Remarks) -> list[Draft]:
    kind = str(item.header.get("type"))
    if kind not in _EVENTS and kind not in {"log", "raw_security"}:
        raise NotAnError("an item that is no error")
    record, is_json = decode(item.payload, remarks) if item.payload else (None, False)
    if not is_json or not isinstance(record, dict):
        raise Unreadable(DeadReason.INVALID_JSON, "an item of an envelope is no object")
    if kind == "log":
        logs = record.get("items")
        logs = [log for log in logs if isinstance(log, dict)] if isinstance(logs, list) else []
        return [parse_log(log, envelope) for log in logs[:_MOST_LOGS]]
    if kind == "raw_security":
        return browser_report.FORMAT.parse(record, remarks)
    return [sentry.parse_event(_completed(record, envelope), remarks)]


def _completed(event: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """The event with what stands in the envelope's headers alone: its id, the SDK, and the trace that it belongs to."""
    for name in ("event_id", "sdk"):
        if not event.get(name) and envelope.get(name):
            event[name] = envelope[name]
    trace = envelope.get("trace")
    if not isinstance(trace, dict):
        return event
    for name in ("release", "environment", "transaction"):
        if not event.get(name) and trace.get(name):
            event[name] = trace[name]
    contexts = event.get("contexts") or {}
    if isinstance(contexts, dict) and not contexts.get("trace") and trace.get("trace_id"):
        event["contexts"] = {**contexts, "trace": {"trace_id": trace["trace_id"]}}
    return event


FORMAT = BytesFormat("sentry-envelope", frozenset({"application/x-sentry-envelope"}), _detect, _parse)
