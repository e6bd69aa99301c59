"""Amazon: CloudWatch Logs subscriptions and EventBridge.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html
"""

import base64
import binascii
import zlib
from typing import Any

from models.reasons import DeadReason
from rules.normalizing.contract import Record
from rules.normalizing.decoding import MAX_RECORD_BYTES
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.paths import first_text, obj, text_at

__all__ = ["ENVELOPES"]

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for a gzip header
_MAX_EVENTS = 10_000
_LAMBDA = "/aws/lambda/"
_OF_RUNTIME = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", "XRAY TraceId: ")
_TABBED = (
    4  # `time \t request id \t level \t message`, what Lambda makes of console.error; Python's has the level first
)
_UNCAUGHT, _TIMED_OUT = "[ERROR] ", "Task timed out after "


def _open_subscription(record: Record) -> list[Opened]:
    if record.get("messageType") == "CONTROL_MESSAGE":
        raise NotAnError("a control message of CloudWatch Logs")
    group = first_text(record, "logGroup") or ""
    stream = first_text(record, "logStream")
    of_lambda = group.startswith(_LAMBDA)
    context: Draft = {
        "service": group.rpartition("/")[2] or None,
        "instance_id": stream,
        "tags": {name: value for name, value in (("log_group", group), ("aws_account", record.get("owner"))) if value},
    }
    opened = []
    for event in record["logEvents"][:_MAX_EVENTS]:
        line = text_at(event, "message")
        if line is None or (of_lambda and line.startswith(_OF_RUNTIME)):
            continue
        inner, told = _unhead(line)
        around = {**context, "timestamp": event.get("timestamp"), "event_id": event.get("id"), **told}
        opened.append(Opened(inner, {field: value for field, value in around.items() if value}))
    if not opened:
        raise NotAnError("log events without an error")
    return opened


def _unhead(line: str) -> tuple[Any, Draft]:
    """What a function logged, without the head that Lambda's runtime writes: as text, or the runtime's own error."""
    if "\xa0" in line:  # the indentation of Python's frames
        line = line.replace("\xa0", " ")
    parts = line.split("\t", _TABBED - 1)
    if len(parts) == _TABBED and parts[0][10:11] == "T":  # Node.js
        return _tabbed(parts[0], parts[1], parts[2], parts[3])
    if len(parts) == _TABBED and parts[1][10:11] == "T":  # Python
        return _tabbed(parts[1], parts[2], parts[0].strip("[]"), parts[3])
    head, _, trace = line.partition("\n")
    if head.startswith(_UNCAUGHT) and trace.startswith("Traceback"):
        return f"{trace.rstrip()}\n{head.removeprefix(_UNCAUGHT)}", {}
    words = head.split(" ", 2)
    if len(words) == 3 and words[2].startswith(_TIMED_OUT):  # noqa: PLR2004 time, request, and what happened
        return {"errorType": "Sandbox.Timedout", "errorMessage": words[2], "requestId": words[1]}, {
            "timestamp": words[0]
        }
    return line, {}


def _tabbed(moment: str, request: str, level: str, message: str) -> tuple[str, Draft]:
    told = {"timestamp": moment, "correlation_id": request if request != "undefined" else None}
    what, _, error = message.partition("\t")
    for said in (message, error):  # `Invoke Error \t{…}` is the runtime's
        if said.lstrip().startswith("{"):
            return said, told | ({"error_type": what.strip()} if said is error else {})
    return f"{level} {message}", told


def _open_encoded(record: Record) -> list[Opened]:
    """The event of a Lambda function that is subscribed: gzip in base64."""
    try:
        packed = base64.b64decode(record["awslogs"]["data"], validate=True)
        unpacker = zlib.decompressobj(_GZIP)
        inner = unpacker.decompress(packed, MAX_RECORD_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise Unreadable(DeadReason.NOT_TEXT, "awslogs.data is no gzip in base64") from None
    return [Opened(inner.decode("utf-8", "replace"), {})]


def _open_bus(record: Record) -> list[Opened]:
    detail = record["detail"]
    context: Draft = {
        "event_id": record.get("id"),
        "timestamp": record.get("time"),
        "service": record.get("source"),
        "error_type": record.get("detail-type"),
        "tags": {name: record[name] for name in ("detail-type", "region", "account") if text_at(record, name)},
    }
    return [Opened(detail, {field: value for field, value in context.items() if value})]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


ENVELOPES = (
    Envelope(
        frozenset({"logEvents"}),
        lambda record: isinstance(record["logEvents"], list),
        _open_subscription,
        "aws-cloudwatch",
    ),
    Envelope(frozenset({"awslogs"}), lambda record: _is_text(obj(record["awslogs"]).get("data")), _open_encoded),
    Envelope(
        frozenset({"detail-type"}),
        lambda record: _is_text(record["detail-type"]) and isinstance(record.get("detail"), dict),
        _open_bus,
    ),
)
