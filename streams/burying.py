"""Dead letters on their way: each in whole, or cut where the dead-letter topic takes no record of its size."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from models.dead import RawRecord, encode_dead
from models.occurrence import Dead
from models.wire import Source
from streams.outbox import Outbox

__all__ = ["bury"]

log = structlog.get_logger(__name__)

CUT_TO = 256 * 1024  # bytes; below every broker's default limit

Letter = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


async def bury(
    outbox: Outbox, topic: str, records: Mapping[int, Any], dead: Sequence[Dead], source: Source
) -> list[RecordMetadata]:
    """Send dead letters and wait; returns where each one lies. Raises aiokafka's KafkaError."""
    letters = [encode_dead(records[one.offset], one, source) for one in dead]
    try:
        return await outbox.send_raw(topic, letters)
    except MessageSizeTooLargeError:
        # One record that the topic cannot hold must not hold up the partition for good.
        return [
            await _bury_one(outbox, topic, letter, _cut(records[one.offset], one, source))
            for letter, one in zip(letters, dead, strict=True)
        ]


async def _bury_one(outbox: Outbox, topic: str, letter: Letter, cut: Letter) -> RecordMetadata:
    try:
        [place] = await outbox.send_raw(topic, [letter])
    except MessageSizeTooLargeError:
        log.warning("Dead letter cut: the dead-letter topic takes no record of its size", topic=topic)
        [place] = await outbox.send_raw(topic, [cut])
    return place


def _cut(record: RawRecord, dead: Dead, source: Source) -> Letter:
    told = replace(dead, detail=f"{dead.detail}; cut to {CUT_TO} bytes here")
    key, value, headers = encode_dead(record, told, source)
    ours = [(name, text) for name, text in headers if name.startswith("seawall-")]
    return key and key[:1024], value and value[:CUT_TO], ours
