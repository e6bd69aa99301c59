"""Dead letters sent back where they came from. One that its topic refuses again holds up no other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.dead import replay_headers
from seawall.dead_letters import Exhumed, Letter, exhume
from seawall.kafka import admin, producer

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from psycopg import AsyncConnection

    from seawall.settings import Settings

__all__ = ["Replayed", "replay"]

PIECE = 200  # letters sent back between two writes to the index
PIECE_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    sent: int = 0
    gone: int = 0  # the dead-letter topic does not hold them any more
    refused: Counter[str] = field(default_factory=Counter)  # by Kafka, which would refuse them again: by why


async def replay(
    settings: "Settings",
    connection: "AsyncConnection[Any]",
    letters: Sequence[Letter],
    done: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Send the letters' records back to the topics they came from, and note it in the index.

    Each record is acknowledged by all replicas before it is noted. Killed in between, a letter is sent again by the
    next replay; its events then have the same ids, so that they count once.
    """
    result = Replayed()
    letters = await _with_topic(settings, letters, result)
    done(sum(result.refused.values()))
    piece: list[Exhumed] = []
    async with producer(settings) as client:
        async for found in exhume(settings, letters):
            if isinstance(found, Letter):
                result.gone += 1
                done(1)
                continue
            piece.append(found)
            if len(piece) >= PIECE or sum(one.letter.size for one in piece) > PIECE_BYTES:
                await _send_back(client, connection, piece, result)
                done(len(piece))
                piece.clear()
        await _send_back(client, connection, piece, result)
        done(len(piece))
    return result


async def _with_topic(settings: "Settings", letters: Sequence[Letter], result: Replayed) -> list[Letter]:
    """Those whose topic is there: a gateway buries what is of a topic that it does not know."""
    topics = sorted({letter.place.topic for letter in letters})
    if not topics:
        return []
    async with admin(settings) as client:
        missing = {topic["topic"] for topic in await client.describe_topics(topics) if topic["error_code"]}
    for letter in letters:
        if letter.place.topic in missing:
            result.refused[f"there is no topic {letter.place.topic}"] += 1
    return [letter for letter in letters if letter.place.topic not in missing]


async def _send_back(
    client: "AIOKafkaProducer", connection: "AsyncConnection[Any]", piece: Sequence[Exhumed], result: Replayed
) -> None:
    again, sent = [], []
    outcomes = await asyncio.gather(*(_refusal(client, one) for one in piece), return_exceptions=True)
    for one, outcome in zip(piece, outcomes, strict=True):
        if outcome is None:
            sent.append(one)
        elif isinstance(outcome, str):
            again.append(one)  # or another one that shared its batch
    for one in again:
        if refusal := await _refusal(client, one):
            result.refused[refusal] += 1
        else:
            sent.append(one)
    await _note(connection, sent)
    result.sent += len(sent)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _refusal(client: "AIOKafkaProducer", one: Exhumed) -> str | None:
    """Send a record; why its topic takes it no more than before, or None where it has it. Raises KafkaError."""
    from aiokafka.errors import (  # noqa: PLC0415 -- start-up time
        InvalidTimestampError,
        MessageSizeTooLargeError,
        PolicyViolationError,
        RecordListTooLargeError,
    )

    place, headers = one.buried.place, replay_headers(one.buried)
    try:
        await (await client.send(place.topic, one.value, one.key, headers=headers))
    except (MessageSizeTooLargeError, RecordListTooLargeError):
        return f"larger than the topic {place.topic} takes: raise its max.message.bytes"
    except (InvalidTimestampError, PolicyViolationError) as error:
        return f"refused by the topic {place.topic}: {type(error).__name__}"
    return None


async def _note(connection: "AsyncConnection[Any]", sent: Sequence[Exhumed]) -> None:
    places = [one.letter.place for one in sent]
    await connection.execute(
        "UPDATE seawall.dead_letters AS letter SET replayed_at = now(), replays = replays + 1"
        " FROM unnest(%s::text[], %s::int[], %s::int[], %s::bigint[]) AS sent (topic, partition, generation, at)"
        ' WHERE (letter.topic, letter.partition, letter.generation, letter."offset")'
        " = (sent.topic, sent.partition, sent.generation, sent.at)",
        [
            [place.topic for place in places],
            [place.partition for place in places],
            [place.generation for place in places],
            [place.offset for place in places],
        ],
    )
