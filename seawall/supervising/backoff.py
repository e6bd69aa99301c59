"""How long to wait before a child that died is started again."""

from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(slots=True)
class Backoff:
    """Twice as long each time, until it has once stayed alive for a while. All in seconds."""

    first: float = 0.5
    longest: float = 30.0
    settled: float = 60.0
    _next: float = 0.0

    def after(self, alive: float) -> float:
        """The wait after a life of so many seconds."""
        if alive >= self.settled or not self._next:
            self._next = self.first
        wait, self._next = self._next, min(self._next * 2, self.longest)
        return wait
