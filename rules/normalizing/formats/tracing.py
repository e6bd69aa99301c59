"""tracing-subscriber, for Rust, as JSON.

https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Json.html
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_caller, put_error, put_extra, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import first_text, obj, text_at

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp",
        "message": "message",
        "severity": "level",
        "logger": "log.target target",
        "source_file": "log.file filename",
        "line_number": "log.line line_number",
        "request_url": "uri url http.url http.target otel.name",
        "request_method": "method http.method",
    },
    LOGGED,
)
_LEVELS = frozenset({"TRACE", "DEBUG", "INFO", "WARN", "ERROR"})
_ERRORS = ("error", "err", "exception.message")
_PANIC = ("panic.payload", "panic.location", "panic.backtrace")  # as the usual panic hooks name them
_MAX_SPANS = 50


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    fields = obj(record.get("fields"))
    told = {**without(record, "fields", "span", "spans"), **fields}
    given = record.get("spans")
    spans = [one for one in (given if isinstance(given, list) else [record.get("span")]) if isinstance(one, dict)]
    around: Record = {}
    for span in spans[:_MAX_SPANS]:
        around.update(without(span, "name"))
    draft = read_named({**_known(around), **without(told, *_ERRORS, *_PANIC)}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "rust"
    read_traceparent(draft)
    if spans:
        put_extra(draft, "spans", spans)
        if name := text_at(spans[0], "name"):
            draft.setdefault("transaction", name)
    put_error(draft, next((told[name] for name in _ERRORS if told.get(name)), None))
    _put_panic(draft, told)
    return [draft]


def _known(around: Record) -> Record:
    """What spans say that is a field of ours: the rest stays with them."""
    return {name: value for name, value in around.items() if name in _NAMES and _NAMES[name][0] != "message"}


def _put_panic(draft: Draft, told: Record) -> None:
    payload = first_text(told, "panic.payload")
    if payload is None:
        return
    draft["exception"] = [{"type": "panic", "value": payload, "handled": False, "mechanism": "panic"}]
    put_caller(draft, told.get("panic.location"))
    backtrace: Any = told.get("panic.backtrace")
    if isinstance(backtrace, str) and "\n" in backtrace:
        draft["stack_trace"] = backtrace


def _detect(record: Record) -> bool:
    level = record.get("level")
    return (
        isinstance(level, str)
        and level in _LEVELS
        and "timestamp" in record
        and ("message" in record or isinstance(record.get("fields"), dict))
    )


FORMAT = ObjectFormat("tracing", frozenset({"target", "fields"}), _detect, _parse)
