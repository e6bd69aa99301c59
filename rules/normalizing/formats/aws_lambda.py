"""AWS Lambda: its JSON logs, the runtime's platform events, failed asynchronous calls, and Powertools' logger.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.exceptions import raised, read_exceptions
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import at, first_text, number, obj, text_at, text_of_lines

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp time",
        "service": "service function_name functionName",
        "message": "message errorMessage",
        "severity": "level log_level",
        "logger": "logger name",
        "correlation_id": "requestId AWSRequestId function_request_id awsRequestId",
        "trace_id": "xray_trace_id xRayTraceId",
        "release": "functionVersion",
    },
    CONTEXT,
)
_POWERTOOLS = frozenset({"function_request_id", "function_arn", "xray_trace_id", "cold_start"})
_ERROR = frozenset({"errorType", "errorMessage", "stackTrace", "stack"})
_READ = frozenset({"location", "exception", "exception_name", "stack_trace", "error", *_ERROR})
_RUNTIME = frozenset(
    {"timestamp", "level", "log_level", "logger", "message", "requestId", "AWSRequestId", "location", "tenantId",
     "xRayTraceId", "code", "reason", "promise", "trace", *_ERROR}
)  # fmt: skip
_FAILED = frozenset({"error", "timeout", "failure"})
_ARN_FUNCTION = 6  # the part of `arn:aws:lambda:region:account:function:name:version` that is the name


def _detect(record: Record) -> bool:
    if not _POWERTOOLS.isdisjoint(record):
        return "level" in record
    if "requestContext" in record:
        return text_at(record, "requestContext", "functionArn") is not None
    if "record" in record:
        return _is_platform(record)
    if not record.keys() <= _RUNTIME:  # others have some of these names, too
        return False
    return isinstance(_stack(record), list) or "location" in record or "requestId" in record


def _stack(error: Record) -> Any:
    """A list of lines; by another name where Node's runtime writes a text."""
    return error.get("stackTrace") or error.get("stack")


def _is_platform(record: Record) -> bool:
    kind = record.get("type")
    return isinstance(kind, str) and kind.startswith("platform.")


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    if "record" in record and _is_platform(record):
        draft = _platform(record, remarks)
    elif "requestContext" in record and "responsePayload" in record:
        draft = _failed_call(record, remarks)
    else:
        draft = _logged(record, remarks)
    draft["format"] = FORMAT.name
    return [draft]


def _logged(record: Record, remarks: Remarks) -> Draft:
    message = record.get("message")
    error = record
    if isinstance(message, dict) and "errorType" in message:  # Node.js: console.error(error)
        error = message
        record = {**record, "message": message.get("errorMessage")}
    fields = {name: value for name, value in record.items() if name not in _READ}
    draft = read_named(fields, _NAMES, remarks)
    _put_error(draft, error)
    place = record.get("location")
    if isinstance(place, str):
        _put_place(draft, place)
    _put_thrown(draft, record, remarks)
    return draft


def _put_error(draft: Draft, error: Record) -> None:
    kind, value, stack = error.get("errorType"), error.get("errorMessage"), _stack(error)
    if stack:
        draft["exception"] = raised(kind, value, stack)
        draft["stack_trace"] = text_of_lines(stack)
    elif kind:
        draft["error_type"] = kind  # such as `Runtime.ExitError`, which is no class
    if draft.get("message") in (None, "") and error.get("errorMessage"):
        draft["message"] = error["errorMessage"]


def _put_place(draft: Draft, place: str) -> None:
    """`/var/task/app.py:handler:12`, or Powertools' `handler:12`."""
    file, _, rest = place.rpartition(":")
    if not rest.isdecimal():
        return
    draft["line_number"] = number(rest)
    if ":" in file:
        draft["source_file"] = file.rpartition(":")[0]
    else:
        draft["extra"] = {**obj(draft.get("extra")), "location": place}


def _put_thrown(draft: Draft, record: Record, remarks: Remarks) -> None:
    """What Powertools adds: a text in Python, an object in TypeScript."""
    thrown = record.get("exception") or record.get("error")
    if isinstance(thrown, str):
        draft["exception"] = raised(record.get("exception_name"), None, thrown)
        draft["stack_trace"] = thrown
    elif isinstance(thrown, dict):
        draft["exception"] = read_exceptions(thrown, remarks)


def _platform(record: Record, remarks: Remarks) -> Draft:
    """An event of the runtime: only a failed call is an error."""
    told = obj(record.get("record"))
    status, kind = first_text(told, "status"), first_text(told, "errorType")
    if status not in _FAILED and kind is None:
        raise NotAnError("a platform event of Lambda")
    draft = read_named({"time": record.get("time"), "requestId": told.get("requestId")}, _NAMES, remarks)
    return {
        **draft,
        "error_type": kind or ("Sandbox.Timedout" if status == "timeout" else f"Lambda.{status}"),
        "message": f"{record['type']}: {status}" if status else str(record["type"]),
        "severity": "error",
        "extra": {"record": told},
    }


def _failed_call(record: Record, remarks: Remarks) -> Draft:
    """What Lambda sends to a function's destination when no retry helped."""
    around, payload = obj(record["requestContext"]), obj(record["responsePayload"])
    arn = (text_at(around, "functionArn") or "").split(":")
    draft = read_named({"timestamp": record.get("timestamp"), "requestId": around.get("requestId")}, _NAMES, remarks)
    _put_error(draft, payload)
    if len(arn) > _ARN_FUNCTION:
        draft["service"] = arn[_ARN_FUNCTION]
    if "exception" not in draft:
        draft["error_type"] = at(record, "responseContext", "functionError")
    condition: Any = around.get("condition")
    draft["tags"] = {"condition": condition} if condition else {}
    draft["extra"] = {"request_payload": record.get("requestPayload"), "attempts": around.get("approximateInvokeCount")}
    return {name: value for name, value in draft.items() if value is not None}


_MARKS = frozenset({"errorType", "requestId", "AWSRequestId", "record", "requestContext", *_POWERTOOLS})
FORMAT = ObjectFormat("aws-lambda", _MARKS, _detect, _parse)
