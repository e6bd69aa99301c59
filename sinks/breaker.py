"""Stops asking a service after some failures in a row, and tries again later and later."""

from collections.abc import Callable

__all__ = ["Breaker"]


class Breaker:
    """One a service.

    Args:
        clock: monotonic, seconds.
    """

    FAILURES = 5
    PAUSE, LONGEST = 5.0, 300.0  # seconds

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = self.PAUSE
        self._until = 0.0

    def lets_through(self) -> bool:
        """Whether the service may be asked now."""
        return self._clock() >= self._until

    def told(self, *, answered: bool) -> bool:
        """What became of a request; returns whether there is a pause now."""
        if answered:
            self._failures, self._pause = 0, self.PAUSE
            return False
        self._failures += 1
        if self._failures < self.FAILURES:
            return False
        self._until = self._clock() + self._pause
        self._pause = min(2 * self._pause, self.LONGEST)  # after it one request decides
        return True
