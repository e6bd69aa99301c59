"""The layout of the dead-letter topic: the record as it came, with the reason and its origin in headers of ours.

key, value: the original's bytes. Headers: the original's, then those named here. A replayed record goes back to its
topic with the original's headers and `seawall-origin`, by which its events keep the ids of the first attempt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from models.occurrence import Dead
from models.wire import Source

__all__ = [
    "DETAIL",
    "NOWHERE",
    "ORIGIN",
    "Buried",
    "Headers",
    "Place",
    "RawRecord",
    "decode_dead",
    "encode_dead",
    "origin_of",
    "replay_headers",
]

Headers = Sequence[tuple[str, bytes]]

PREFIX = "seawall-dead-"
REASON = PREFIX + "reason"
DETAIL = PREFIX + "detail"
TOPIC = PREFIX + "topic"
PARTITION = PREFIX + "partition"
GENERATION = PREFIX + "generation"
OFFSET = PREFIX + "offset"
TIMESTAMP = PREFIX + "timestamp"  # the original record's, milliseconds since the epoch
ORIGIN = "seawall-origin"  # topic/partition/generation/offset of the first attempt

NOWHERE = -1  # the partition of what a gateway buried: it never lay in one


class RawRecord(Protocol):
    """A record as Kafka clients give it."""

    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record lay. `generation` tells a topic from an earlier one of its name."""

    topic: str
    partition: int
    generation: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.generation}/{self.offset}"

    @staticmethod
    def parse(text: str) -> "Place":
        """The place that `str` has written. Raises ValueError."""
        topic, partition, generation, offset = text.split("/")
        if not topic:
            raise ValueError("no topic")
        return Place(topic, int(partition), int(generation), int(offset))


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A dead letter as read back."""

    place: Place
    reason: str
    detail: str
    timestamp: int  # milliseconds since the epoch
    headers: Headers  # the original's


def encode_dead(
    record: RawRecord, dead: Dead, source: Source
) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of the dead letter for a record of `source`."""
    ours = {
        REASON: str(dead.reason),
        DETAIL: dead.detail,
        TOPIC: source.topic,
        PARTITION: str(source.partition),
        GENERATION: str(source.generation),
        OFFSET: str(dead.offset),
        TIMESTAMP: str(record.timestamp),
    }
    # A dead letter that a producer copied back by other means still has ours from before: they would contradict these.
    kept = [(name, value or b"") for name, value in record.headers or () if not name.startswith(PREFIX)]
    # Other producers may send neither key nor value; ours refuses to, and no bytes mean the same here.
    value = b"" if record.key is None and record.value is None else record.value
    return record.key, value, kept + [(name, text.encode(errors="replace")) for name, text in ours.items()]


def decode_dead(headers: Headers) -> Buried:
    """What the headers of a dead letter say. Raises ValueError where they are not ours.

    What never lay in a partition has a number made from its origin for an offset, so that it has a place of its own
    too, and the same one however often a gateway buried it.
    """
    ours = {name: value.decode(errors="replace") for name, value in headers if name.startswith(PREFIX)}
    try:
        place = Place(ours[TOPIC], int(ours[PARTITION]), int(ours[GENERATION]), int(ours[OFFSET]))
        return Buried(
            place=Place(place.topic, NOWHERE, 0, _number_of(headers)) if place.partition == NOWHERE else place,
            reason=ours[REASON],
            detail=ours[DETAIL],
            timestamp=int(ours[TIMESTAMP]),
            headers=[(name, value) for name, value in headers if not name.startswith(PREFIX)],
        )
    except KeyError as missing:
        raise ValueError(f"no header {missing}") from None


def _number_of(headers: Headers) -> int:
    """A number for a record that never lay in a partition, of 53 bits: JSON's readers keep those."""
    origin = next((value for name, value in headers if name == ORIGIN), b"")
    return int.from_bytes(blake2b(origin, digest_size=8).digest()) >> 11


def replay_headers(buried: Buried) -> list[tuple[str, bytes]]:
    """The headers to send the record back with: its own, and the place of the first attempt."""
    if origin_of(buried.headers) is not None:  # it was replayed before, and died again
        return list(buried.headers)
    kept = [(name, value) for name, value in buried.headers if name != ORIGIN]
    return [*kept, (ORIGIN, str(buried.place).encode())]


def origin_of(headers: Iterable[tuple[str, bytes]]) -> Place | None:
    """The place of the first attempt of a replayed record; None for any other record, or where it is not readable."""
    for name, value in headers:
        if name == ORIGIN:
            try:
                return Place.parse(value.decode())
            except ValueError:  # UnicodeDecodeError is one
                return None
    return None
