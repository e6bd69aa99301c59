"""Which record a producer's event id belongs to: the first one that claims it, for good.

Claims are committed before the batch they are for. An attempt to store a batch may fail after its summaries went out.
If the next one could decide otherwise, because the same event was stored from another partition meanwhile, both would
be counted downstream.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from psycopg import AsyncConnection

from models.occurrence import Occurrence
from sinks.postgres.tallying import array

__all__ = ["NO_CLAIMS", "Claims", "ClaimsOutdatedError", "claim"]


class ClaimsOutdatedError(Exception):
    """The topic was made anew since the claims: claim again."""


@dataclass(slots=True, frozen=True)
class Claims:
    """Records whose event ids are theirs, as (offset, ordinal)."""

    generation: int
    records: frozenset[tuple[int, int]]


NO_CLAIMS = Claims(0, frozenset())


async def claim(
    connection: AsyncConnection[Any], topic: str, partition: int, occurrences: Iterable[Occurrence]
) -> Claims:
    """Claim the ids that producers gave. The connection must be in autocommit."""
    cursor = await connection.execute(_GENERATION, [topic, partition])
    row = await cursor.fetchone()
    generation = int(row[0]) if row else 0
    first: dict[bytes, Occurrence] = {}
    for item in occurrences:
        if item.own_id:
            first.setdefault(item.event_id, item)
    if not first:
        return Claims(generation, frozenset())
    wanted = sorted(first)
    owners = [_owner(topic, partition, generation, first[event_id]) for event_id in wanted]
    ids, hashes = array(event_id.hex() for event_id in wanted), array(owner.hex() for owner in owners)
    made = await connection.execute(_CLAIM, [ids, hashes], binary=True)
    ours = {bytes(row[0]) for row in await made.fetchall()}
    if len(ours) < len(wanted):
        before = await connection.execute(_CLAIMED_BEFORE, [ids, hashes], binary=True)
        ours |= {bytes(row[0]) for row in await before.fetchall()}
    return Claims(generation, frozenset((first[one].offset, first[one].ordinal) for one in ours))


def _owner(topic: str, partition: int, generation: int, item: Occurrence) -> bytes:
    place = f"{topic}/{partition}/{generation}/{item.offset}/{item.ordinal}"
    return blake2b(place.encode(), digest_size=16).digest()


_GENERATION = "SELECT generation FROM source_offsets WHERE topic = %s AND partition = %s"

# In the order of the ids, so that two workers cannot wait for each other.
_CLAIM = """
    INSERT INTO event_ids (event_id, owner, stored_at)
    SELECT id, owner, now() FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, owner)
    ON CONFLICT DO NOTHING RETURNING uuid_send(event_id)"""

_CLAIMED_BEFORE = """
    SELECT uuid_send(event_id) FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, wanted_owner)
    JOIN event_ids ON event_id = id AND owner = wanted_owner"""
