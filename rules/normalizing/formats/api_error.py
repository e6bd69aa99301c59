"""What web services answer when something fails: problem details, and the flat or nested objects of frameworks.

https://www.rfc-editor.org/rfc/rfc9457
https://docs.spring.io/spring-boot/reference/web/servlet.html#web.servlet.spring-mvc.error-handling
https://google.aip.dev/193
https://jsonapi.org/format/#error-objects
"""

from typing import Any

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp time occurred_at",
        "message": "message detail error_description msg title reason",
        "request_url": "path instance url request_uri uri",
        "request_method": "method http_method",
        "severity": "severity level",
        "logger": "logger",
        "stack_trace": "stack_trace stack",
        "request": "request",
        "tags": "tags custom_tags",
    },
    CONTEXT,
)
_CODES = ("code", "error_code", "errorCode", "errorName", "error", "type", "title")
_STATUSES = ("status", "statusCode", "status_code", "httpStatus", "http_status", "httpStatusCode", "code")
_READ = frozenset({*_STATUSES, "trace", "exception"})
_BLANK = "about:blank"  # the type of problem details that have none
_DETAILED = frozenset({"detail", "code", "messages", "status", "status_code"})  # of FastAPI and Django REST framework
_OTHERS = frozenset({"level", "severity", "error_type", "errorType"})  # a log record, or our own schema
_BESIDE_CODES = frozenset({"details", "error", "path", "trace_id", "traceId", *_STATUSES[:-1]})
_MAX_LISTED = 20
_STATUS_CODES = range(100, 600)
_ANSWER = frozenset({"data", "meta", "jsonapi", "links", "success", "ok", "extensions", "status", "statusCode"})


def _detect(record: Record) -> bool:
    if "errors" in record:
        return bool(_members(record)) and record.keys() - {"errors"} <= _ANSWER
    error = record.get("error")
    if isinstance(error, dict):
        return "message" in error and "code" in error and record.keys() - {"error"} <= _ANSWER
    if not _OTHERS.isdisjoint(record):
        return False
    return _is_flat(record)


def _is_flat(record: Record) -> bool:
    if "title" in record:
        return _status(record) is not None or "type" in record
    if "detail" in record and record.keys() <= _DETAILED:
        return True
    said = "message" in record or "detail" in record
    if isinstance(record.get("code"), str | int):
        return said and not _BESIDE_CODES.isdisjoint(record)
    of_status = "path" in record or "error" in record
    return (said or isinstance(record.get("error"), str)) and _status(record) is not None and of_status


def _members(record: Record) -> list[Record]:
    """The error objects of JSON:API or GraphQL."""
    errors = record.get("errors")
    found = errors[: bounds.MAX_EXCEPTIONS] if isinstance(errors, list) else []
    return [one for one in found if isinstance(one, dict) and ("message" in one or "title" in one or "detail" in one)]


def _status(record: Record) -> int | None:
    """The HTTP status, as a number or a text."""
    for name in _STATUSES:
        given = record.get(name)
        if isinstance(given, str) and given[:3].isdecimal() and given[:3].isascii():
            given = int(given[:3])
        if type(given) is int and given in _STATUS_CODES:
            return given
    return None


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    if "errors" in record and (members := _members(record)):
        return [_read(dict(one), record, remarks) for one in members]
    error = record.get("error")
    if isinstance(error, dict):
        return [_read(dict(error), record, remarks)]
    return [_read(dict(record), record, remarks)]


def _read(error: Record, answer: Record, remarks: Remarks) -> Draft:
    error = {**_extended(error), **error} if "extensions" in error else error
    code = _code(error)
    fields = {name: value for name, value in error.items() if name not in _READ and name != code and value != _BLANK}
    for name in ("message", "detail"):
        if isinstance(fields.get(name), list):
            fields[name] = _listed(fields[name])
    draft = read_named(fields, _NAMES, remarks)
    draft["format"] = FORMAT.name
    if code is not None:
        draft["error_type"] = str(error[code])
    status = _status(error) or _status(answer)
    if status is not None:
        draft["tags"] = {**obj(draft.get("tags")), "status": str(status)}
    _put_exception(draft, error)
    return draft


def _extended(error: Record) -> Record:
    """What GraphQL leaves to `extensions`; its `path` leads into the answer and is no URL."""
    path = error.pop("path", None)
    return {**obj(error.pop("extensions")), **({} if path is None else {"answer_path": path})}


def _listed(messages: list[Any]) -> str:
    """One text a field, as NestJS writes them, or one object, as FastAPI does."""
    texts = []
    for one in messages[:_MAX_LISTED]:
        place = obj(one).get("loc")
        text = str(obj(one).get("msg", one))[: bounds.MAX_LINE]
        texts.append(f"{'.'.join(map(str, place))[: bounds.MAX_LINE]}: {text}" if isinstance(place, list) else text)
    return ", ".join(texts)


def _code(error: Record) -> str | None:
    """The name of the field that says what the error is called: a code, Spring's `error`, a problem's type."""
    for name in _CODES:
        value = error.get(name)
        if name == "code" and type(value) is int and value not in _STATUS_CODES:
            return name
        if isinstance(value, str) and value and value != _BLANK and not (name == "title" and "detail" not in error):
            return name
    status = error.get("status")
    return "status" if isinstance(status, str) and status.isupper() else None  # `UNAVAILABLE`, as Google says it


def _put_exception(draft: Draft, error: Record) -> None:
    """Spring Boot tells the class and the trace where it is set up to."""
    kind, stack = error.get("exception"), error.get("trace")
    if isinstance(stack, str) or isinstance(kind, str):
        draft["exception"] = raised(kind, None, stack)
        draft.pop("error_type", None)  # the words for the status
        if isinstance(stack, str):
            draft["stack_trace"] = stack


FORMAT = ObjectFormat(
    "api-error",
    frozenset(
        {
            "code",
            "detail",
            "status",
            "statusCode",
            "status_code",
            "title",
            "errors",
            "error",
            "httpStatus",
            "http_status",
        }
    ),
    _detect,
    _parse,
)
