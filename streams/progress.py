"""Is this worker getting anywhere? Agents say when they do, and what they wait for.

The watch ends a worker that does not, so that it is started again, and one that was frozen.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress"]


class Progress:
    """Times are from a monotonic clock, seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved = self._beat = clock()
        self._waits: dict[str, str] = {}
        self._busy: dict[str, int] = {}  # agent -> batches in hand
        self._since: dict[str, float] = {}  # agent -> since when it has had one in hand without getting on

    @contextmanager
    def busy(self, agent: str) -> Iterator[None]:
        """An agent has a batch in hand. One that fails counts as in hand until the agent moves."""
        self._busy[agent] = self._busy.get(agent, 0) + 1
        self._since.setdefault(agent, self._clock())
        try:
            yield
            if self._busy[agent] == 1:
                self._since.pop(agent, None)
        finally:
            self._busy[agent] -= 1

    def moved(self, agent: str) -> None:
        """An agent finished a batch. Call it while that is in hand."""
        self._moved = self._since[agent] = self._clock()
        self._waits.pop(agent, None)

    def waiting(self, agent: str, reason: str) -> None:
        """An agent waits for something outside and tries it again and again: that is no stall."""
        self._moved = self._since[agent] = self._clock()
        self._waits[agent] = reason

    @property
    def waits(self) -> dict[str, str]:
        """What agents are waiting for, by agent."""
        return dict(self._waits)

    def stalled_for(self) -> float:
        """Since an agent last moved or waited."""
        return self._clock() - self._moved

    def stuck(self, longer_than: float) -> list[str]:
        """The agents that have had a batch in hand for so long without moving or waiting.

        Each by itself: time is told to the keyed ones every few seconds, so they move whatever becomes of the others.
        """
        now = self._clock()
        return [agent for agent, since in self._since.items() if now - since > longer_than]

    def beat(self) -> float:
        """Called often by the event loop; returns how long it had not been."""
        now = self._clock()
        gap, self._beat = now - self._beat, now
        return gap
