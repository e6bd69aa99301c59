"""What a record's Kafka headers say about it: dead letters of Kafka Connect and Spring, CloudEvents in binary mode.

https://cwiki.apache.org/confluence/display/KAFKA/KIP-298%3A+Error+Handling+in+Connect
https://docs.spring.io/spring-kafka/reference/kafka/annotation-error-handling.html#dead-letters
"""

from collections.abc import Mapping
from typing import Any

import orjson

from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.cloudevents import from_attributes
from rules.normalizing.exceptions import read_stack_text

__all__ = ["dead_letter", "told_by_headers"]

_CONNECT, _SPRING, _CLOUDEVENTS = "__connect.errors.", "kafka_dlt-", "ce_"
_RAISED = (_CONNECT + "exception.class.name", _SPRING + "exception-fqcn")
_CONNECT_FIELDS = {
    "exception.class.name": "error_type",
    "exception.message": "message",
    "exception.stacktrace": "stack_trace",
    "connector.name": "service",
}
_CONNECT_TAGS = ("topic", "partition", "stage", "task.id")
_CONNECT_EXTRA = ("offset", "class.name")
_SPRING_FIELDS = {
    "exception-fqcn": "error_type",
    "exception-message": "message",
    "exception-stacktrace": "stack_trace",
    "original-consumer-group": "service",
}
_BINARY = 8  # bytes in which Spring writes offsets and times; 4 for partitions
_MAX_RECORD = 16_384  # bytes of the record that a dead letter shows


def dead_letter(value: bytes | None, headers: Mapping[str, bytes]) -> Draft | None:
    """The failure to process a record, where the headers tell one; the record itself is in `extra`."""
    if _RAISED[0] in headers:
        return _connect(value, _under(_CONNECT, headers))
    return _spring(value, _under(_SPRING, headers)) if _RAISED[1] in headers else None


def told_by_headers(headers: Mapping[str, bytes]) -> Draft:
    """What the headers say of an error in the record's value."""
    if _CLOUDEVENTS + "specversion" not in headers:
        return {}
    return from_attributes(_under(_CLOUDEVENTS, headers))


def _under(prefix: str, headers: Mapping[str, bytes]) -> dict[str, str]:
    return {
        name.removeprefix(prefix): _text(value)
        for name, value in headers.items()
        if name.startswith(prefix) and value is not None
    }


def _text(value: bytes) -> str:
    """A text; Spring writes numbers as big-endian bytes."""
    if len(value) in (_BINARY // 2, _BINARY) and value[0] == 0:
        return str(int.from_bytes(value, "big"))
    return value.decode("utf-8", "replace").replace("\0", "")


def _connect(value: bytes | None, told: dict[str, str]) -> Draft:
    draft: Draft = {field: told[name] for name, field in _CONNECT_FIELDS.items() if told.get(name)}
    draft["tags"] = {f"connect.{name}": told[name] for name in _CONNECT_TAGS if told.get(name)}
    extra: Draft = {f"connect.{name}": told[name] for name in _CONNECT_EXTRA if told.get(name)}
    return _complete(draft, extra, value, "kafka-connect")


def _spring(value: bytes | None, told: dict[str, str]) -> Draft:
    draft: Draft = {field: told[name] for name, field in _SPRING_FIELDS.items() if told.get(name)}
    names = {name.removeprefix("original-"): text for name, text in told.items() if name.startswith("original-")}
    draft["tags"] = {f"kafka.{name}": names[name] for name in ("topic", "partition") if names.get(name)}
    extra: Draft = {f"kafka.{name}": names[name] for name in ("offset", "timestamp") if names.get(name)}
    return _complete(draft, extra, value, "spring-kafka")


def _complete(draft: Draft, extra: Draft, value: bytes | None, form: str) -> Draft:
    stack = draft.get("stack_trace")
    if chain := read_stack_text(stack):
        draft["exception"] = chain
        draft["error_type"] = chain[-1].get("type") or draft.get("error_type")
    elif "error_type" in draft:
        draft["exception"] = [{"type": draft["error_type"], "value": draft.get("message")}]
    if value:
        extra["record"] = _shown(value)
    return {**draft, "extra": extra, "format": form}


def _shown(value: bytes) -> Any:
    """The record that could not be processed, as a person can read it."""
    if len(value) <= _MAX_RECORD:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            pass
    return value[:_MAX_RECORD].decode("utf-8", "replace").replace("\0", "")
