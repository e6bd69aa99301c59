"""What protocols have in common."""

import math
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import orjson

from gateway.bounds import MAX_RECORD, MAX_RECORDS
from gateway.contract import Answer, Received, Record, Refusal, Refused

__all__ = [
    "bearer",
    "checked",
    "header",
    "json_answer",
    "json_of",
    "parameters",
    "refused_as_detail",
    "retry_headers",
    "split_array",
    "split_lines",
]

MAX_AUTH = 2_048  # characters of a header with a key


def json_answer(status: int, value: object, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """An answer in JSON."""
    return Answer(status, orjson.dumps(value), headers=headers)


def retry_headers(refusal: Refusal) -> tuple[tuple[bytes, bytes], ...]:
    """When to come again, where that is of use."""
    if refusal.retry_after is None:
        return ()
    return ((b"retry-after", str(math.ceil(refusal.retry_after)).encode()),)


def refused_as_detail(refusal: Refusal, _: Received) -> Answer:
    """A refusal where the protocol has no words of its own."""
    return json_answer(refusal.status, {"detail": refusal.detail}, retry_headers(refusal))


def header(received: Received, name: bytes) -> str | None:
    """A header as text, without the white space around it."""
    value = received.headers.get(name)
    return value[:MAX_AUTH].decode("latin-1").strip() or None if value is not None else None


def bearer(received: Received) -> str | None:
    """The token of `Authorization: Bearer …`."""
    given = header(received, b"authorization")
    scheme, _, token = (given or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def parameters(text: str) -> dict[str, str]:
    """`a=1, b="2"` as in headers with keys."""
    pairs = (part.partition("=") for part in text[:MAX_AUTH].split(","))
    return {name.strip().lower(): unquote(value.strip().strip('"')) for name, _, value in pairs}


def json_of(body: bytes) -> object:
    """The body's JSON value. Raises Refused."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "invalid", "the body is no JSON") from None


def split_array(body: bytes, items: Sequence[object]) -> list[bytes]:
    """The elements of an array, each as bytes; one that is alone stays as it was written."""
    if len(items) == 1:
        inner = body.strip()
        if inner.startswith(b"[") and inner.endswith(b"]"):
            return [inner[1:-1].strip()]
    return [orjson.dumps(item) for item in items]


def split_lines(body: bytes) -> list[bytes]:
    """The lines of NDJSON, without empty ones."""
    return [line for part in body.split(b"\n") if (line := part.strip())]


def checked(records: Iterable[Record]) -> list[Record]:
    """The records, none of which is too large, nor are there too many. Raises Refused."""
    found = list(records)
    if len(found) > MAX_RECORDS:
        raise Refused(413, "too_many", f"more than {MAX_RECORDS} events in one request")
    if any(len(record.value) > MAX_RECORD for record in found):
        raise Refused(413, "too_large", f"an event is larger than {MAX_RECORD} bytes")
    return found
