"""What the records of loggers have in common, whatever the language: callers, requests, errors told as text."""

from typing import Any

from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised, read_stack_text
from rules.normalizing.fields import CONTEXT
from rules.normalizing.paths import first_text

__all__ = ["LOGGED", "put_caller", "put_error", "put_extra", "put_request", "read_traceparent", "without"]

# Behind a logger's own names: what programs add to its records.
LOGGED: dict[str, str] = {
    **CONTEXT,
    "service": f"service {CONTEXT['service']}",
    "trace_id": f"{CONTEXT['trace_id']} traceparent",
    "user": "user usr",
    "request_url": "request_url http_url",
    "request_method": "request_method http_method",
    "tags": "tags labels",
    "fingerprint": "fingerprint",
}
_MAX_PLACE = 1_024
_TRACEPARENT = 4  # its parts
_URLS = ("url", "uri", "originalUrl", "path")
_HEADERS = ("headers", "header")


def put_caller(draft: Draft, place: Any) -> None:
    """`file:line`, or `file:line:column`, as the place of the error."""
    if not isinstance(place, str) or not place:
        return
    file, _, line = place[:_MAX_PLACE].rpartition(":")
    if not _is_number(line):
        draft.setdefault("source_file", place)
        return
    shorter, _, before = file.rpartition(":")
    if shorter and _is_number(before):
        file, line = shorter, before
    if "source_file" not in draft:
        draft["source_file"] = file
        draft["line_number"] = int(line)


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 10  # noqa: PLR2004 digits of a line number


def put_error(draft: Draft, error: Any) -> None:
    """An error that the logger was given beside its message: a text, or an object with a message and a stack."""
    if isinstance(error, str) and error:
        draft["exception"] = read_stack_text(error) or [{"value": error}]
    elif isinstance(error, dict):
        stack = first_text(error, "stack", "stacktrace", "stack_trace", "stackTrace")
        chain = raised(
            first_text(error, "type", "kind", "name", "class"), first_text(error, "message", "msg", "error"), stack
        )
        if chain:
            draft["exception"] = chain
        put_extra(draft, "error", error)
    elif error not in (None, "", True, False):
        put_extra(draft, "error", error)


def put_extra(draft: Draft, name: str, value: Any) -> None:
    """A value that has no field of its own."""
    extra = draft.get("extra")
    draft["extra"] = {**(extra if isinstance(extra, dict) else {}), name: value}


def put_request(draft: Draft, request: Any) -> None:
    """A request as web frameworks' serializers write it; what has no field of ours stays in `extra`."""
    if not isinstance(request, dict):
        if request not in (None, ""):
            put_extra(draft, "request", request)
        return
    rest = dict(request)
    made: dict[str, Any] = {}
    for field, names in (("url", _URLS), ("method", ("method",)), ("headers", _HEADERS), ("body", ("body",))):
        name = next((name for name in names if rest.get(name) not in (None, "")), None)
        if name is not None:
            made[field] = rest.pop(name)
    if isinstance(made.get("headers"), dict):
        made["headers"] = {name: _joined(value) for name, value in made["headers"].items()}
    identity = rest.pop("id", None)
    if isinstance(identity, str | int) and not isinstance(identity, bool):
        draft.setdefault("correlation_id", str(identity))
    elif identity is not None:
        rest["id"] = identity
    if made:
        draft["request"] = made
    if rest:
        put_extra(draft, "request", rest)


def _joined(values: Any) -> Any:
    """A header that may come several times, as Go has them."""
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return ", ".join(values)
    return values


def read_traceparent(draft: Draft) -> None:
    """W3C Trace Context, where it stands for the trace's id: `version-trace id-span id-flags`."""
    given = draft.get("trace_id")
    parts = given.split("-") if isinstance(given, str) and given.startswith("00-") else []
    if len(parts) == _TRACEPARENT:
        draft["trace_id"] = parts[1]
        draft.setdefault("span_id", parts[2])


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    """The record without some of its keys."""
    return {name: value for name, value in record.items() if name not in names}
