"""Lograge, for Rails: a request a record, as JSON. Only what failed is an error.

https://github.com/roidrage/lograge#readme
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.ruby_stacks import ruby_exception, ruby_frames

__all__ = ["FORMAT", "is_request", "read_lograge"]

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
_DIGITS = 3  # of one
_ALWAYS = {"controller", "action", "status", "method", "path"}
_BACKTRACES = ("backtrace", "exception_backtrace")


def read_lograge(record: Record, remarks: Remarks) -> Draft:
    """A request; as text its values are all texts."""
    draft = read_named(without(record, "error", "exception", *_BACKTRACES), _NAMES, remarks)
    draft["language"] = "ruby"
    read_traceparent(draft)
    draft["transaction"] = f"{record.get('controller')}#{record.get('action')}"
    _put_error(draft, record)
    given = str(record.get("status"))
    status = int(given) if given.isascii() and given.isdigit() and len(given) == _DIGITS else 0
    if "severity" not in draft:
        failed = status >= _FAILED or "exception" in draft
        draft["severity"] = "error" if failed else "warning" if status >= _REFUSED else "info"
    draft.setdefault("message", f"{record.get('method')} {draft['transaction']} answered {status}")
    return draft


def is_request(record: Record) -> bool:
    """Whether the record has what Lograge says of every request."""
    return record.keys() >= _ALWAYS


def _put_error(draft: Draft, record: Record) -> None:
    """`Class: message`, or `[class, message]`; a backtrace where the program adds it."""
    given, text = record.get("exception"), record.get("error")
    if isinstance(given, list) and len(given) == 2:  # noqa: PLR2004 Rails' pair
        kind, value = given
    elif isinstance(text, str):
        kind, _, value = text.partition(": ")
    else:
        return
    lines: list[Any] = next((record[name] for name in _BACKTRACES if isinstance(record.get(name), list)), [])
    kind = kind if isinstance(kind, str) and kind else None
    if kind or value not in (None, ""):
        draft["exception"] = [ruby_exception(kind, value, ruby_frames(lines))]


FORMAT = ObjectFormat(
    "lograge",
    frozenset({"controller"}),
    is_request,
    lambda record, remarks: [{**read_lograge(record, remarks), "format": "lograge"}],
)
