"""Occurrences as PostgreSQL's binary COPY rows, built by hand: a fifth of the CPU time of a general adapter.

The format: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
"""

from collections.abc import Iterator, Sequence
from struct import Struct

from models.occurrence import Occurrence

__all__ = ["COPY_OCCURRENCES", "occurrence_blocks", "unix_micros"]

COPY_OCCURRENCES = """
    COPY occurrences (occurred_at, received_at, event_id, group_id, service, environment, severity, type, message,
        hostname, release, user_id, trace_id, topic, partition, generation, "offset", ordinal, payload)
    FROM STDIN (FORMAT BINARY)"""

_COLUMNS = 19
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01, microseconds since 1970
_BLOCK = 1 << 18  # bytes handed to the connection at a time: the server works on one while we build the next

# Each value is preceded by its length in bytes.
_LENGTH = Struct(">i")
_HEAD = Struct(">hiqiqi16si16s")  # number of columns, occurred_at, received_at, event_id, group_id
_PLACE = Struct(">iiii")  # partition, generation
_TAIL = Struct(">iqihi")  # offset, ordinal, length of the payload


def unix_micros(seconds: float) -> int:
    """Epoch seconds as whole microseconds, PostgreSQL's resolution."""
    return round(seconds * 1_000_000)


def occurrence_blocks(
    occurrences: Sequence[Occurrence], topic: str, partition: int, generation: int
) -> Iterator[bytes]:
    """The data of `COPY_OCCURRENCES`, in blocks of about 256 KiB."""
    place = _text(topic) + _PLACE.pack(4, partition, 4, generation)
    groups: dict[tuple[str, str], tuple[bytes, bytes]] = {}
    hosts: dict[tuple[str | None, str | None], bytes] = {}
    parts, size = [_SIGNATURE], 0
    append = parts.append
    for item in occurrences:
        key = (item.group.group_id, item.severity)
        known = groups.get(key)
        if known is None:
            known = groups[key] = _group_columns(item)
        group_id, columns = known
        append(
            _HEAD.pack(
                _COLUMNS,
                8,
                round(item.occurred_at * 1_000_000) - _POSTGRES_EPOCH,
                8,
                round(item.received_at * 1_000_000) - _POSTGRES_EPOCH,
                16,
                item.event_id,
                16,
                group_id,
            )
        )
        append(columns)
        message = item.message.encode()
        append(_LENGTH.pack(len(message)))
        append(message)
        host = (item.hostname, item.release)
        append(hosts.get(host) or hosts.setdefault(host, _optional(host[0]) + _optional(host[1])))
        append(_optional(item.user_id))
        append(_optional(item.trace_id))
        append(place)
        payload = item.payload
        append(_TAIL.pack(8, item.offset, 2, item.ordinal, len(payload)))
        append(payload)
        size += len(payload)
        if size >= _BLOCK:
            yield b"".join(parts)
            parts.clear()
            size = 0
    append(_END)
    yield b"".join(parts)


def _group_columns(item: Occurrence) -> tuple[bytes, bytes]:
    """The group's id, and the columns that are the same for a group and a severity: service … type."""
    group = item.group
    columns = _text(group.service) + _text(group.environment) + _text(item.severity) + _optional(group.error_type)
    return bytes.fromhex(group.group_id.replace("-", "")), columns


def _optional(value: str | None) -> bytes:
    return _NULL if value is None else _text(value)


def _text(value: str) -> bytes:
    raw = value.encode()
    return _LENGTH.pack(len(raw)) + raw
