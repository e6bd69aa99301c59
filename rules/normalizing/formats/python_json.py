"""Records of Python's logging as JSON, as python-json-logger and formatters like it write them.

https://docs.python.org/3/library/logging.html#logrecord-attributes
https://nhairs.github.io/python-json-logger/latest/
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_stack_text
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp time created asctime",
        "message": "message msg",
        "severity": "levelname level levelno",
        "logger": "logger name",
        "source_file": "pathname filename",
        "line_number": "lineno",
    },
    LOGGED,
)
_TRACES = ("exc_info", "exc_text")


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, *_TRACES, "request"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "python"
    read_traceparent(draft)
    put_request(draft, record.get("request"))
    for name in _TRACES:
        given = record.get(name)
        if chain := read_stack_text(given):
            draft["exception"], draft["stack_trace"] = chain, given
            break
        if given not in (None, "", False, True):
            put_extra(draft, name, given)
    return [draft]


def _detect(record: Record) -> bool:
    return "message" in record or "msg" in record


FORMAT = ObjectFormat("python-json-logger", frozenset({"levelname", *_TRACES}), _detect, _parse)
