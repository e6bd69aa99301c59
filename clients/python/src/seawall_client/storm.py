"""What keeps a storm from filling the queue, the network and the program's time.

The first events are sent whole. When they come faster than the limit, one more of each kind is kept, the others of its
kind are only counted, and a moment later the one that was kept is sent with their number.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Hashable
from typing import Callable

from seawall_client.events.draft import Draft

__all__ = ["Held", "StormGuard"]

_WINDOW = 1.0  # seconds for which events of a kind are counted before their number is told
_MAX_KINDS = 200


class Held:
    """One kind of event: the one that is kept, and how many were like it.

    told: whether their number has been asked for. A draft that comes later has to be sent by itself.
    """

    __slots__ = ("_count", "_drafts", "since", "told")

    def __init__(self, since: float) -> None:
        self._drafts: deque[Draft] = deque()  # one at most: of two threads that take it one gets it
        self.since = since
        self.told = False
        self._count = itertools.count()  # `next` is one step: threads lose none, and need no lock

    def add(self) -> None:
        """Count one more."""
        next(self._count)

    def keep(self, draft: Draft) -> None:
        """Have the example, which is made after the kind is known."""
        self._drafts.append(draft)

    def take(self) -> Draft | None:
        """The example, once."""
        try:
            return self._drafts.pop()
        except IndexError:
            return None

    def count(self) -> int:
        """How many there were; asked once, at the end."""
        return next(self._count)


class StormGuard:
    """Takes no lock: whoever captures never waits, not even in a signal's handler or while garbage is collected."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = max(per_second, 0.0)
        self._burst = float(max(burst, 1))
        self._left = self._burst
        self._clock = clock
        self._at = clock()
        self._held: dict[Hashable, Held] = {}

    def admit(self, kind: Hashable) -> Held | bool | None:
        """What to do with one more event of a kind.

        Returns: True to send it whole; False where it has been counted; a `Held` that wants it as its example; None
            where there are too many kinds to count them apart.
        """
        held = self._held.get(kind)
        if held is not None:
            held.add()
            return False
        now = self._clock()
        passed = max(now - self._at, 0.0)  # another thread may have been here since `now`
        self._left = min(self._left + passed * self._rate, self._burst)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return True
        if len(self._held) >= _MAX_KINDS:
            return None
        made = Held(now)
        held = self._held.setdefault(kind, made)
        if held is not made:
            held.add()
            return False
        return made

    def waiting(self) -> bool:
        """Whether a number is yet to be told."""
        return bool(self._held)

    def due(self, *, all_of_them: bool = False) -> list[tuple[Draft | None, int, float]]:
        """What is to be told now: the event that was kept, how many more there were, and in how many seconds.

        The event is None where it could not be made.
        """
        now = self._clock()
        found: list[tuple[Draft | None, int, float]] = []
        for kind, held in list(self._held.items()):
            if all_of_them or now - held.since >= _WINDOW:
                self._held.pop(kind, None)
                held.told = True
                found.append((held.take(), held.count(), now - held.since))
        return found
