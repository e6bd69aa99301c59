"""JSON objects read by the names of their fields, with a table of names such as `rules.normalizing.fields` has."""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_exceptions
from rules.normalizing.fields import Names, take
from rules.normalizing.levels import severity
from rules.normalizing.times import epoch

__all__ = ["put_user", "read_named"]

_PINO = frozenset({"msg", "pid", "v"})
_REQUEST = {
    "request_url": "url",
    "request_method": "method",
    "request_headers": "headers",
    "request_body": "body",
    "query_string": "query_string",
}


def put_user(draft: Draft, user: Any) -> None:
    """A user as text or as an object: the id, and in `extra` what else is known."""
    if not isinstance(user, dict):
        draft.setdefault("user_id", user)
        return
    for name in ("id", "user_id", "userId", "username", "name", "email", "ip_address"):
        if user.get(name) not in (None, "", "{{auto}}"):
            draft.setdefault("user_id", user[name])
            break
    if type(draft.get("user_id")) is int:
        draft["user_id"] = str(draft["user_id"])
    if len(user) > 1:
        draft["extra"] = {**_extra(draft), "user": user}


def read_named(record: dict[str, Any], names: Names, remarks: Remarks) -> Draft:
    """The object's values under ErrorEvent's names: times, levels, users, requests and exceptions read."""
    draft = take(record, names)
    if type(draft.get("user_id")) is int:
        draft["user_id"] = str(draft["user_id"])  # common, and cheaper here than in bounding
    if "user" in draft:
        put_user(draft, draft.pop("user"))
    if not _REQUEST.keys().isdisjoint(draft):
        _put_request(draft)
    if "timestamp" in draft:
        _put_time(draft, remarks)
    if "severity" in draft:
        _put_severity(draft, record, remarks)
    if "exception" in draft:
        _put_exception(draft, remarks)
    stack = draft.get("stack_trace")
    if isinstance(stack, list) and all(isinstance(line, str) for line in stack):
        draft["stack_trace"] = "\n".join(line.rstrip("\n") for line in stack)
    return draft


def _extra(draft: Draft) -> dict[str, Any]:
    extra = draft.get("extra")
    return extra if isinstance(extra, dict) else {}


def _put_request(draft: Draft) -> None:
    request = draft.get("request")
    request = dict(request) if isinstance(request, dict) else {}
    for name, field in _REQUEST.items():
        if name in draft:
            request.setdefault(field, draft.pop(name))
    draft["request"] = request


def _put_time(draft: Draft, remarks: Remarks) -> None:
    given = draft.pop("timestamp")
    at = epoch(given)
    if at is None:
        remarks.add("timestamp", "invalid", len(given) if isinstance(given, str) else None)
    else:
        draft["timestamp"] = at


def _put_severity(draft: Draft, record: dict[str, Any], remarks: Remarks) -> None:
    given = draft.pop("severity")
    if isinstance(given, dict):
        given = given.get("name")
    level = severity(given, pino="levelno" not in record and not _PINO.isdisjoint(record))
    if level is None:
        remarks.add("severity", "invalid", len(given) if isinstance(given, str) else None)
    else:
        draft["severity"] = level


def _put_exception(draft: Draft, remarks: Remarks) -> None:
    given = draft.pop("exception")
    read = read_exceptions(given, remarks)
    if read:
        draft["exception"] = read
    if isinstance(given, str):
        if read:
            draft.setdefault("stack_trace", given)
        elif "message" not in draft:
            draft["message"] = given
        else:
            draft["extra"] = {**_extra(draft), "error": given}
    elif isinstance(given, dict):
        rest = {name: value for name, value in given.items() if name not in _READ and value is not None}
        if rest:
            draft["extra"] = {**_extra(draft), "error": rest}
    elif not read and given not in (True, False):
        draft["extra"] = {**_extra(draft), "error": given}


_READ = frozenset(
    {
        "type", "value", "module", "frames", "handled", "mechanism", "values", "name", "class", "className", "kind",
        "message", "msg", "reason", "stack", "stacktrace", "stack_trace", "stackTrace", "backtrace", "traceback",
        "extendedStackTrace", "cause", "inner", "innerException", "previous",
    }
)  # fmt: skip
