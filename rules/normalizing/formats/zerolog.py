"""zerolog, for Go.

https://github.com/rs/zerolog#readme
https://pkg.go.dev/github.com/rs/zerolog/pkgerrors#MarshalStack
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.logged import LOGGED, put_caller, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_NAMES = Names({"timestamp": "time", "message": "message", "severity": "level", "logger": "logger"}, LOGGED)
_LEVELS = frozenset({"trace", "debug", "info", "warn", "error", "fatal", "panic"})
_RUNTIME = frozenset({"proc.go", "panic.go", "signal_unix.go", "asm_amd64.s", "asm_arm64.s"})  # only names are written


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, "error", "stack", "caller", "request"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "go"
    read_traceparent(draft)
    put_caller(draft, record.get("caller"))
    put_request(draft, record.get("request"))
    put_go_error(draft, record.get("error"))
    stack = record.get("stack")
    if isinstance(stack, list) and stack:
        chain = draft.setdefault("exception", [{}])
        chain[-1]["frames"] = [_frame(one) for one in reversed(stack) if isinstance(one, dict)]
    elif isinstance(stack, str):
        draft["stack_trace"] = stack
    elif stack is not None:
        put_extra(draft, "stack", stack)
    return [draft]


def _frame(raw: Record) -> dict[str, Any]:
    line = raw.get("line")
    if isinstance(line, str) and line.isascii() and line.isdigit() and len(line) < 10:  # noqa: PLR2004 digits of a line
        line = int(line)
    made = {"function": raw.get("func"), "file": raw.get("source"), "line": line}
    if isinstance(made["file"], str) and made["file"] in _RUNTIME:
        made["in_app"] = False
    return made


def _detect(record: Record) -> bool:
    level = record.get("level")
    return (
        isinstance(level, str)
        and level in _LEVELS
        and "time" in record
        and ("message" in record or "error" in record)
        and "msg" not in record
    )


FORMAT = ObjectFormat("zerolog", frozenset({"time"}), _detect, _parse)
