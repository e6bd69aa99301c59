"""winston, for Node.js, where it wrote an error: its other records have names of the program's choice.

https://github.com/winstonjs/logform#errors
https://github.com/winstonjs/winston#exceptions
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.node_errors import put_node_error

__all__ = ["FORMAT"]

_NAMES = Names(
    {"timestamp": "timestamp", "message": "message", "severity": "level", "logger": "logger label"},
    LOGGED,
)
# https://github.com/winstonjs/triple-beam/tree/master/config
_LEVELS = frozenset(
    {"error", "warn", "help", "data", "info", "debug", "prompt", "http", "verbose", "input", "silly", "emerg", "alert",
     "crit", "warning", "notice"}
)  # fmt: skip
_UNHANDLED = ("exception", "rejection")
_OF_UNHANDLED = ("date", "error", "trace", *_UNHANDLED)  # the stack once more, and the time in words


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    unhandled = next((name for name in _UNHANDLED if record.get(name) is True), None)
    rest = without(record, "stack", "name", "cause", "req", *(_OF_UNHANDLED if unhandled else ()))
    draft = read_named(rest, _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "javascript"
    read_traceparent(draft)
    put_request(draft, record.get("req"))
    put_node_error(draft, {key: record.get(key) for key in ("name", "stack", "cause")}, remarks)
    message = draft.get("message")
    if unhandled and isinstance(message, str):  # `uncaughtException: …`, and the stack below
        draft["message"] = message.partition("\n")[0]
        for one in draft.get("exception", ())[-1:]:
            one["handled"], one["mechanism"] = False, draft["message"].partition(":")[0]
    if "name" in record and not draft.get("exception"):
        put_extra(draft, "name", record["name"])
    return [draft]


def _detect(record: Record) -> bool:
    level, stack = record.get("level"), record.get("stack")
    return (
        isinstance(level, str) and level in _LEVELS and "message" in record and isinstance(stack, str) and "\n" in stack
    )


FORMAT = ObjectFormat("winston", frozenset({"stack"}), _detect, _parse)
