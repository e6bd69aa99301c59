"""Semantic Logger, for Ruby, as JSON.

https://github.com/reidmorrison/semantic_logger/blob/master/lib/semantic_logger/formatters/raw.rb
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj
from rules.normalizing.ruby_stacks import ruby_exception, ruby_frames
from rules.normalizing.trees import grown

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp time",
        "service": "application",
        "environment": "environment",
        "hostname": "host",
        "message": "message",
        "severity": "level",
        "logger": "name",
        "source_file": "file",
        "line_number": "line",
    },
    {name: names for name, names in LOGGED.items() if name != "tags"},
)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    payload = record.get("payload")
    inner = {**obj(payload), **obj(record.get("named_tags"))}
    rest = without(
        record, "exception", "named_tags", "level_index", *(("payload",) if isinstance(payload, dict) else ())
    )
    draft = read_named({**inner, **rest}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "ruby"
    read_traceparent(draft)
    if isinstance(record.get("exception"), dict):
        draft["exception"] = grown(record["exception"], _read)
    return [draft]


def _read(raw: Record) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    stack, cause = raw.get("stack_trace"), raw.get("cause")
    frames = ruby_frames(stack) if isinstance(stack, list) else []
    exception = ruby_exception(raw.get("name"), raw.get("message"), frames)
    return exception, [("cause", cause)] if isinstance(cause, dict) else []


def _detect(record: Record) -> bool:
    return "level" in record and "timestamp" in record and "name" in record


FORMAT = ObjectFormat("semantic-logger", frozenset({"level_index", "named_tags"}), _detect, _parse)
