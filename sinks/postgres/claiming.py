"""Which record a producer's event id belongs to: the first one that claims it.

Claims are committed before the batch they are for, on a connection of their own. An attempt to store a batch may fail
after its summaries went out. If the next one could decide otherwise, because the same event was stored from another
partition meanwhile, both would be counted downstream. A refused record gives its claim back with its dead letter.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from psycopg import AsyncConnection

from models.occurrence import Occurrence
from sinks.postgres.arrays import array

__all__ = ["Source", "claim", "release"]

Source = tuple[str, int, int]  # topic, partition, generation


async def claim(
    connection: AsyncConnection[Any], source: Source, occurrences: Iterable[Occurrence]
) -> set[tuple[int, int]]:
    """Claim the ids that producers gave; the records that own theirs, as (offset, ordinal).

    The connection must be in autocommit: a claim holds at once, whatever becomes of the batch.
    """
    first: dict[bytes, Occurrence] = {}
    for item in occurrences:
        if item.own_id:
            first.setdefault(item.event_id, item)
    if not first:
        return set()
    wanted = sorted(first)
    arrays = _arrays(source, [first[event_id] for event_id in wanted])
    made = await connection.execute(_CLAIM, arrays, binary=True)
    ours = {bytes(row[0]) for row in await made.fetchall()}
    if len(ours) < len(wanted):
        before = await connection.execute(_CLAIMED_BEFORE, arrays, binary=True)
        ours |= {bytes(row[0]) for row in await before.fetchall()}
    return {(first[one].offset, first[one].ordinal) for one in ours}


async def release(connection: AsyncConnection[Any], source: Source, occurrences: Iterable[Occurrence]) -> None:
    """Give back the claims of records that are not stored after all, so that they can be sent again."""
    own = [item for item in occurrences if item.own_id]
    if own:
        await connection.execute(_RELEASE, _arrays(source, own))


def _arrays(source: Source, items: list[Occurrence]) -> list[str]:
    return [array(item.event_id.hex() for item in items), array(_owner(source, item).hex() for item in items)]


def _owner(source: Source, item: Occurrence) -> bytes:
    place = "/".join(map(str, (*source, item.offset, item.ordinal)))
    return blake2b(place.encode(), digest_size=16).digest()


# In the order of the ids, so that two workers cannot wait for each other.
_CLAIM = """
    INSERT INTO event_ids (event_id, owner, stored_at)
    SELECT id, owner, now() FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, owner)
    ON CONFLICT DO NOTHING RETURNING uuid_send(event_id)"""

_CLAIMED_BEFORE = """
    SELECT uuid_send(event_id) FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, wanted_owner)
    JOIN event_ids ON event_id = id AND owner = wanted_owner"""

_RELEASE = """
    DELETE FROM event_ids USING unnest(%s::uuid[], %s::uuid[]) AS given (id, given_owner)
    WHERE event_id = id AND owner = given_owner"""
