"""Who owns the position of which topic, and how far each partition is done."""

from collections.abc import Awaitable, Callable

from faust.types import TP

__all__ = ["Positions"]

PositionSource = Callable[[int], Awaitable[int | None]]  # partition -> next offset to read; None: where Kafka says


class Positions:
    """Who owns the position of which topic, and what is told when a partition is assigned anew."""

    def __init__(self) -> None:
        self._sources: dict[str, PositionSource] = {}
        self._done: dict[TP, int] = {}
        self._sought: dict[TP, int] = {}

    def register(self, topic: str, source: PositionSource) -> None:
        """Deliver a topic in batches; `source` is asked for the position on every assignment."""
        self._sources[topic] = source

    def __contains__(self, topic: object) -> bool:
        return topic in self._sources

    async def of(self, tp: TP) -> int | None:
        """The owner's position."""
        return await self._sources[tp.topic](tp.partition)

    def advance(self, topic: str, partition: int, next_offset: int) -> None:
        """An effect up to `next_offset` is durable: worth committing as a hint."""
        self._done[TP(topic, partition)] = next_offset

    def committable(self, tp: TP) -> int | None:
        """The offset to commit."""
        return self._done.get(tp)

    def sought(self, tp: TP, offset: int) -> None:
        """Reading goes on from here after an assignment."""
        self._sought[tp] = offset

    def reached(self, tp: TP) -> int | None:
        """The offset below which everything is done; None where it is not known."""
        return self._done.get(tp, self._sought.get(tp))

    def revoked(self, tps: set[TP]) -> None:
        """These are somebody else's now."""
        for tp in tps:
            self._done.pop(tp, None)
            self._sought.pop(tp, None)
