"""Lograge, for Rails: a request a record, as JSON. Only what failed is an error.

https://github.com/roidrage/lograge#readme
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.ruby_stacks import ruby_frames

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "@timestamp timestamp time",
        "message": "message",
        "severity": "level severity",
        "hostname": "host",
        "request_url": "path",
        "request_method": "method",
    },
    LOGGED,
)
_FAILED, _REFUSED = 500, 400  # HTTP statuses
_BACKTRACES = ("backtrace", "exception_backtrace")


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, "error", "exception", *_BACKTRACES), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "ruby"
    read_traceparent(draft)
    draft["transaction"] = f"{record.get('controller')}#{record.get('action')}"
    _put_error(draft, record)
    status = record.get("status")
    status = status if type(status) is int else 0
    if "severity" not in draft:
        failed = status >= _FAILED or "exception" in draft
        draft["severity"] = "error" if failed else "warning" if status >= _REFUSED else "info"
    draft.setdefault("message", f"{record.get('method')} {draft['transaction']} answered {status}")
    return [draft]


def _put_error(draft: Draft, record: Record) -> None:
    """`Class: message`, or `[class, message]`; a backtrace where the program adds it."""
    given, text = record.get("exception"), record.get("error")
    if isinstance(given, list) and len(given) == 2:  # noqa: PLR2004 Rails' pair
        kind, value = given
    elif isinstance(text, str):
        kind, _, value = text.partition(": ")
    else:
        return
    chain = raised(kind.replace("::", ".") if isinstance(kind, str) else None, value, None)
    lines = next((record[name] for name in _BACKTRACES if isinstance(record.get(name), list)), None)
    if chain and lines:
        chain[-1]["frames"] = ruby_frames(lines)
    if chain:
        draft["exception"] = chain


FORMAT = ObjectFormat(
    "lograge",
    frozenset({"controller"}),
    lambda record: "action" in record and "status" in record and "method" in record and "path" in record,
    _parse,
)
