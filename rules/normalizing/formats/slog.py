"""log/slog, of Go's standard library, as JSON.

https://pkg.go.dev/log/slog#JSONHandler
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names({"timestamp": "time", "message": "msg", "severity": "level", "logger": "logger"}, LOGGED)
_ERRORS = ("error", "err")
_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")  # between them `ERROR+2`
_MAX_GROUPS = 4  # within each other, in which an error is looked for


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, *_ERRORS, "source", "request"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "go"
    read_traceparent(draft)
    source = obj(record.get("source"))
    if source.get("file"):
        draft["source_file"], draft["line_number"] = source["file"], source.get("line")
    if source.get("function"):
        put_extra(draft, "function", source["function"])
    put_request(draft, record.get("request"))
    put_go_error(draft, _error(record, _MAX_GROUPS))
    return [draft]


def _error(group: Record, depth: int) -> Any:
    """The first error among the attributes, or in a group of them."""
    for name in _ERRORS:
        if group.get(name) not in (None, ""):
            return group[name]
    for value in group.values() if depth else ():
        if type(value) is dict and (found := _error(value, depth - 1)) is not None:
            return found
    return None


def _detect(record: Record) -> bool:
    level = record.get("level")
    return "time" in record and isinstance(level, str) and level.startswith(_LEVELS)


FORMAT = ObjectFormat("slog", frozenset({"msg"}), _detect, _parse)
