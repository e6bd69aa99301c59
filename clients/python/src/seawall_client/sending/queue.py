"""What was captured and waits for the thread that sends: bounded by number and by size."""

from __future__ import annotations

from collections import deque

from seawall_client.events.draft import Draft
from seawall_client.events.finishing import Finisher
from seawall_client.losses import FAILED, QUEUE_FULL, Losses
from seawall_client.quiet import note

__all__ = ["Queue"]


class Queue:
    """Drafts, the oldest first. Takes no lock: a deque's methods are single steps of the interpreter."""

    def __init__(self, finisher: Finisher, losses: Losses, *, size: int, most_bytes: int) -> None:
        self._finisher = finisher
        self._losses = losses
        self._size = size
        self._most_bytes = most_bytes
        self.reset()

    def reset(self) -> None:
        """Begin with nothing."""
        self._drafts: deque[Draft] = deque()
        self._weight = 0
        self.finishing = False  # whether an event is being finished, by functions of the program's among others

    def __len__(self) -> int:
        return len(self._drafts)

    def put(self, draft: Draft) -> bool:
        """Take a draft; False where there is no room."""
        if len(self._drafts) >= self._size or self._weight + draft.weight > self._most_bytes:
            self._losses.add(QUEUE_FULL)
            return False
        self.put_anyway(draft)
        return True

    def put_anyway(self, draft: Draft) -> None:
        """Take a draft that stands for others."""
        self._weight += draft.weight
        self._drafts.append(draft)

    def finish_next(self) -> bytes | None:
        """The next event as JSON; None where it is dropped, or cannot be finished, or there is none."""
        try:
            draft = self._drafts.popleft()
        except IndexError:  # another thread was faster
            return None
        self._weight -= draft.weight
        self.finishing = True
        try:
            return self._finisher.finish(draft)
        except Exception:  # noqa: BLE001  one event that cannot be finished must not hold up the others
            note("finishing an event")
            self._losses.add(FAILED)
            return None
        finally:
            self.finishing = False

    def drop_all(self) -> int:
        """Forget what waits. Returns how many there were."""
        left = len(self._drafts)
        self._drafts.clear()
        return left

    def settle(self) -> None:
        """Where nothing waits, nothing weighs: the sum has no lock, and is set right here."""
        if not self._drafts:
            self._weight = 0
