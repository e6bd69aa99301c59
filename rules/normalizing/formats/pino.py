"""pino, for Node.js.

https://github.com/pinojs/pino/blob/main/docs/api.md
https://github.com/pinojs/pino-http
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.node_errors import put_node_error
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "time timestamp",
        "message": "msg message",
        "severity": "level severity",
        "logger": "name",
        "hostname": "hostname",
        "correlation_id": "reqId",
    },
    LOGGED,
)
_LOWEST, _HIGHEST = 10, 60  # trace, fatal
_ERRORS = ("err", "error")
_ERROR = frozenset({"type", "message", "stack"})  # what its serializer always writes


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    name = next((name for name in _ERRORS if isinstance(record.get(name), dict)), "err")
    draft = read_named({**without(record, name, "v", "req"), "pid": record.get("pid")}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "javascript"
    if draft.get("logger"):
        draft.setdefault("service", draft["logger"])  # the logger's name, which is to be the program's
    read_traceparent(draft)
    put_request(draft, record.get("req"))
    put_node_error(draft, record.get(name), remarks)
    return [draft]


def _detect(record: Record) -> bool:
    level, moment = record.get("level"), record.get("time")
    if level is None or (moment is None and "timestamp" not in record):
        return False
    if "pid" in record and "hostname" in record and (type(level) is int or type(moment) is int):
        return True
    if any(obj(record.get(name)).keys() >= _ERROR for name in _ERRORS):
        return True
    return type(level) is int and _LOWEST <= level <= _HIGHEST and type(moment) is int and "msg" in record


FORMAT = ObjectFormat("pino", frozenset({"time", "pid", *_ERRORS}), _detect, _parse)
