"""logrus, for Go, as JSON.

https://pkg.go.dev/github.com/sirupsen/logrus#JSONFormatter
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.logged import LOGGED, put_caller, put_request, read_traceparent, without
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_NAMES = Names({"timestamp": "time", "message": "msg", "severity": "level", "logger": "logger"}, LOGGED)
_LEVELS = frozenset({"trace", "debug", "info", "warning", "error", "fatal", "panic"})


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    name = "error" if record.get("error") not in (None, "") else "err"
    draft = read_named(without(record, name, "file", "request"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "go"
    read_traceparent(draft)
    put_caller(draft, record.get("file"))
    put_request(draft, record.get("request"))
    put_go_error(draft, record.get(name))
    return [draft]


def _detect(record: Record) -> bool:
    level = record.get("level")
    return "time" in record and isinstance(level, str) and level in _LEVELS


FORMAT = ObjectFormat("logrus", frozenset({"msg"}), _detect, _parse)
