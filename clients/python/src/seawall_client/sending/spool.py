"""What could not be sent, on disk: bounded, in order, over restarts, and shared by any number of processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from seawall_client.sending.segment import NAME, Segment

__all__ = ["Spool", "SpoolFull"]

_SEGMENT_BYTES = 8_000_000  # and at most a quarter of the whole: room is only had back by the segment


class SpoolFull(Exception):  # noqa: N818  a state, not a fault
    """There is no more room for the batch."""


class Spool:
    """A folder of segments. This process writes to one of its own, and sends those that others have left behind.

    The lock is between the thread that sends and the one that ends the program; whoever captures never takes it.
    """

    def __init__(self, folder: str, limit: int) -> None:
        """`limit`: bytes of all segments of all processes.

        Raises:
            OSError: the folder is not there and cannot be made.
        """
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._folder = folder
        self._limit = limit
        self._segment_bytes = min(_SEGMENT_BYTES, limit // 4)
        self._lock = threading.RLock()
        self._owned: list[Segment] = []  # the oldest first; the last one may be written to
        self._damaged = 0

    def append(self, events: Sequence[bytes]) -> None:
        """Keep a batch: it is on the disk when this returns.

        Raises:
            SpoolFull: there is no room for it.
            OSError: the disk does not take it.
        """
        need = sum(len(event) + 10 for event in events)
        with self._lock:
            if self._used() + need > self._limit:
                raise SpoolFull
            last = self._owned[-1] if self._owned else None
            if last is None or last.size + need > self._segment_bytes or last.deleted:
                os.makedirs(self._folder, mode=0o700, exist_ok=True)  # somebody may have cleaned up
                self._owned.append(Segment.create(self._folder))
            self._owned[-1].append(events)

    def next(self, most: int, most_bytes: int) -> tuple[list[bytes], tuple[Segment, int]] | None:
        """The oldest events that were not sent, and what to give to `sent` afterwards; None where there are none.

        Raises:
            OSError: the disk cannot be read.
        """
        with self._lock:
            while self._owned:
                segment = self._owned[0]
                events, offset = segment.read(most, most_bytes)
                self._damaged += segment.damaged
                segment.damaged = 0
                if events:
                    return events, (segment, offset)
                if offset >= segment.size or segment.empty:
                    del self._owned[0]
                    segment.remove()
                else:
                    segment.sent(offset)
            return None

    def sent(self, receipt: tuple[Segment, int]) -> None:
        """The events of `next` have arrived."""
        segment, offset = receipt
        with self._lock:
            segment.sent(offset)
            if segment.empty:
                segment.remove()
                self._owned.remove(segment)

    def adopt(self) -> bool:
        """Take over what other processes have left behind. Returns whether there is anything to send now."""
        with self._lock:
            own = {segment.path for segment in self._owned}
            paths = (os.path.join(self._folder, name) for name in sorted(self._names()))
            found = [segment for path in paths if path not in own and (segment := Segment.adopt(path)) is not None]
            self._owned = sorted([*self._owned, *found], key=lambda segment: segment.path)
            return bool(self._owned)

    def waiting(self) -> bool:
        """Whether this process has something in it that was not sent."""
        return bool(self._owned)

    def take_damaged(self) -> int:
        """How many events were not what had been written, since this was last asked."""
        damaged, self._damaged = self._damaged, 0
        return damaged

    def close(self) -> None:
        """Let go of all segments: the next process sends them."""
        with self._lock:
            for segment in self._owned:
                segment.close()
            self._owned.clear()

    def forget(self) -> None:
        """In a forked process: the segments are the parent's, and stay locked by it."""
        self._lock = threading.RLock()
        self.close()

    def _names(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if NAME.fullmatch(name)]
        except OSError:  # deleted, or no longer ours: it is made anew, or told, when it is written to
            return []

    def _used(self) -> int:
        return sum(_size(os.path.join(self._folder, name)) for name in self._names())


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # sent by another process meanwhile
        return 0
