"""Whether bytes are an OTLP request, by the nesting of their lengths: no schema is needed, and no other bytes fit.

https://protobuf.dev/programming-guides/encoding/ and the files of https://github.com/open-telemetry/opentelemetry-proto
"""

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["kind_of"]

_VARINT, _I64, _LEN, _I32 = 0, 1, 2, 5
_MOST_BITS = 70
_MORE = 0x80  # the bit of a byte of a number that is not its last
_LAST_FIELD = 1_000
_SCOPES = (
    2  # the field of ResourceLogs with its ScopeLogs, and of these with their LogRecords; of spans and metrics, too
)
_TAG = 0x0A  # field 1, LEN: what all requests begin with
# The types of the fields by which an item is known.
_LOG = {1: _I64, 2: _VARINT, 3: _LEN, 5: _LEN, 6: _LEN, 7: _VARINT, 8: _I32, 9: _LEN, 10: _LEN, 11: _I64}
_SPAN = {1: _LEN, 2: _LEN, 3: _LEN, 4: _LEN, 5: _LEN, 6: _VARINT, 7: _I64, 8: _I64, 9: _LEN, 11: _LEN, 15: _LEN}
_METRIC = {1: _LEN, 2: _LEN, 3: _LEN, 5: _LEN, 7: _LEN, 9: _LEN, 10: _LEN, 11: _LEN}
_ITEMS = {"logs": _LOG, "spans": _SPAN, "metrics": _METRIC}
_CERTAIN = {
    "logs": {1, 2, 7, 8, 11},
    "spans": {7, 8},
    "metrics": {5, 7, 9, 10, 11},
}  # one of these an item of each kind has


class _Field(NamedTuple):
    number: int
    type: int
    start: int
    end: int


def kind_of(value: bytes) -> str | None:
    """`logs`, `spans` or `metrics`; `empty` for a request without any; None for other bytes."""
    if not value or value[0] != _TAG:
        return None
    try:
        return _kind(value)
    except (ValueError, IndexError):
        return None


def _kind(value: bytes) -> str | None:
    empty = False
    for resource in _messages(value, 0, len(value), {1}):
        for scope in _messages(value, resource.start, resource.end, {1, _SCOPES, 3}):
            if scope.number != _SCOPES:
                continue
            for item in _messages(value, scope.start, scope.end, {1, _SCOPES, 3}):
                if item.number == _SCOPES:
                    _check(value, resource.end)
                    return _of_item(value, item)
        empty = True
    return "empty" if empty else None


def _check(value: bytes, at: int) -> None:
    """Check that there are only resources up to the end."""
    for _ in _messages(value, at, len(value), {1}):
        pass


def _messages(value: bytes, start: int, end: int, numbers: set[int]) -> Iterator[_Field]:
    """The fields of a message that has no others than messages and texts under these numbers."""
    for field in _fields(value, start, end):
        if field.type != _LEN or (field.number not in numbers and field.number < _LAST_FIELD):
            raise ValueError("another message")
        yield field


def _of_item(value: bytes, item: _Field) -> str | None:
    fields = {field.number: field.type for field in _fields(value, item.start, item.end)}
    for kind, types in _ITEMS.items():
        if (
            all(types.get(number, given) == given for number, given in fields.items())
            and fields.keys() & _CERTAIN[kind]
        ):
            return kind
    return None


def _fields(value: bytes, at: int, end: int) -> Iterator[_Field]:
    while at < end:
        tag, at = _varint(value, at, end)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            start, (_, at) = at, _varint(value, at, end)
        elif kind == _LEN:
            size, start = _varint(value, at, end)
            at = start + size
        elif kind in (_I64, _I32):
            start, at = at, at + (8 if kind == _I64 else 4)
        else:
            raise ValueError("no field")
        if number == 0 or at > end:
            raise ValueError("no field")
        yield _Field(number, kind, start, at)


def _varint(value: bytes, at: int, end: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, _MOST_BITS, 7):
        if at >= end:
            break
        byte = value[at]
        at += 1
        number |= (byte & ~_MORE) << shift
        if not byte & _MORE:
            return number, at
    raise ValueError("no number")
