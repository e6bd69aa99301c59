"""A keyed agent's working memory: state a key, kept in a Faust table, written back every few seconds.

The position is written to the same changelog partition after the keys it covers, so recovery brings both or neither. A
crash replays from the last position written; what agents emit has deterministic ids, so a repeat changes nothing.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from streams.stores import fenced, generation_of, unfenced
from streams.topics import partition_of

__all__ = ["MANY", "KeyedStates", "Lease", "State"]

MANY = 1_000  # changed keys that are written at once: more in one go would hold up other agents

State = dict[str, Any]


@dataclass(slots=True, eq=False)
class Lease:
    """What is kept aside for one owned partition between two writes to the table."""

    partition: int
    position: int  # the next offset to process
    generation: int
    changed: dict[str, State | None] = field(default_factory=dict)  # not yet in the table; None: to be deleted
    due: list[tuple[float, str]] = field(default_factory=list)  # a heap of when to look at keys
    looked_at: dict[str, float] = field(default_factory=dict)  # the one entry of the heap that counts for a key
    written_at: float = 0.0
    written_position: int = -1


class KeyedStates:
    """The states of one table. Not for several tasks at once: one agent owns it."""

    def __init__(
        self,
        table: Any,
        name: str,
        partitions: int,
        due: Callable[[State], float],
        group_generation: Callable[[], int],
    ) -> None:
        self._table = table
        self._name = name
        self._count = partitions
        self._due = due
        self._group_generation = group_generation
        self._owned: dict[int, Lease] = {}

    async def stored_position(self, partition: int) -> int | None:
        """What the table says: where to read on after an assignment; without a word, from the start."""
        value = self._table.data.get(self._position_key(partition))
        return int(unfenced(value)) if value is not None else 0

    def assigned(self, partition: int) -> None:
        """The partition is ours and its table was recovered: what was kept aside before is void."""
        self._owned[partition] = self._load(partition)

    def revoked(self, partition: int) -> None:
        """The partition may be somebody else's now: nothing of ours may reach its changelog any more."""
        self._owned.pop(partition, None)

    def lease(self, partition: int) -> "Lease | None":
        """The partition's states for the length of one batch; None where it is not ours."""
        return self._owned.get(partition)

    def holds(self, lease: "Lease") -> bool:
        """Whether a lease is still good: the partition was not assigned anew meanwhile."""
        return self._owned.get(lease.partition) is lease

    def get(self, lease: "Lease", key: str) -> State | None:
        """A key's state."""
        if key in lease.changed:
            return lease.changed[key]
        value = self._table.data.get(key.encode())
        return orjson.loads(unfenced(value)) if value is not None else None

    def put(self, lease: "Lease", key: str, state: State | None) -> None:
        """Set or delete (None) a key's state."""
        lease.changed[key] = state
        if state is not None:
            _schedule(lease, key, self._due(state))

    def due_keys(self, lease: "Lease", now: float) -> list[str]:
        """Keys that have something to do by `now`, each once."""
        ready = []
        while lease.due and lease.due[0][0] <= now:
            at, key = heapq.heappop(lease.due)
            if lease.looked_at.get(key) != at:
                continue
            del lease.looked_at[key]
            state = self.get(lease, key)
            if state is None:
                continue
            if (due := self._due(state)) <= now:
                ready.append(key)
            else:
                _schedule(lease, key, due)
        return ready

    def write_back(self, lease: "Lease", now: float, every: float) -> int | None:
        """Write changed keys, then the position, if `every` seconds have passed; returns the position written.

        A key that changes many times meanwhile is written once. Where many keys changed, there is little to wait for.

        Call it inside the agent's event of that partition: Faust takes the changelog partition from there.
        """
        if now - lease.written_at < every and len(lease.changed) < MANY:
            return None
        if not lease.changed and lease.position == lease.written_position:
            return None
        for key, state in lease.changed.items():
            if state is not None:
                self._table[key.encode()] = fenced(lease.generation, orjson.dumps(state))
            elif key.encode() in self._table.data:
                del self._table[key.encode()]
        self._table[self._position_key(lease.partition)] = fenced(lease.generation, b"%d" % lease.position)
        lease.changed.clear()
        lease.written_at, lease.written_position = now, lease.position
        return lease.position

    def _load(self, partition: int) -> "Lease":
        value = self._table.data.get(self._position_key(partition))
        generation = self._group_generation()
        if value is None:
            return Lease(partition, 0, generation)
        # Kafka forgets a group that was empty for long, and counts its generations from 1 again.
        newest = generation_of(value)
        lease = Lease(partition, int(unfenced(value)), generation if generation >= newest else newest + 1)
        for key, stored in self._table.data.items():
            if key.startswith(b"@") or partition_of(key.decode(), self._count) != partition:
                continue
            _schedule(lease, key.decode(), self._due(orjson.loads(unfenced(stored))))
        return lease

    def _position_key(self, partition: int) -> bytes:
        # The table's name is in it: Faust's recovery can apply an event to another table while partitions move.
        return f"@{self._name}/{partition}".encode()


def _schedule(lease: Lease, key: str, at: float) -> None:
    """Look at a key by `at`. A later time than the one in the heap is found out when that one comes."""
    known = lease.looked_at.get(key)
    if at < math.inf and (known is None or at < known):
        lease.looked_at[key] = at
        heapq.heappush(lease.due, (at, key))
