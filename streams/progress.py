"""Is this worker getting anywhere? Agents say when they do, and what they wait for.

The watch ends a worker that does not, so that it is started again, and one that was frozen.
"""

import time
from collections.abc import Callable

__all__ = ["Progress"]


class Progress:
    """Times are from a monotonic clock, seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved = self._beat = clock()
        self._waits: dict[str, str] = {}

    def moved(self, agent: str) -> None:
        """An agent finished a batch."""
        self._moved = self._clock()
        self._waits.pop(agent, None)

    def waiting(self, agent: str, reason: str) -> None:
        """An agent waits for something outside and tries it again and again: that is no stall."""
        self._moved = self._clock()
        self._waits[agent] = reason

    @property
    def waits(self) -> dict[str, str]:
        """What agents are waiting for, by agent."""
        return dict(self._waits)

    def stalled_for(self) -> float:
        """Since an agent last moved or waited."""
        return self._clock() - self._moved

    def beat(self) -> float:
        """Called often by the event loop; returns how long it had not been."""
        now = self._clock()
        gap, self._beat = now - self._beat, now
        return gap
