"""What was not sent, and why: counted, and told with the next event.

The counts are totals since the client was made: an event that tells them and gets lost itself loses no count.
"""

from __future__ import annotations

__all__ = ["Losses"]

QUEUE_FULL = "queue_full"  # more failed than was sent meanwhile, and there was no more room
SPOOL_FULL = "spool_full"
SPOOL_BROKEN = (
    "spool_broken"  # the process ended, and the disk would not take it; or what was read back is not what was written
)
STORM = "storm"  # like an event that was sent whole
SAMPLED = "sampled"
REFUSED = "refused"  # the gateway will never take it
TOO_LARGE = "too_large"
DENIED = "denied"  # the key is wrong
FAILED = "failed"  # we failed ourselves
UNSENT = "unsent"  # the process ended first


class Losses:
    """Counts by reason. No lock: one is lost at worst, and nothing ever waits."""

    __slots__ = ("_counts", "_told")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def add(self, reason: str, count: int = 1) -> None:
        """Count what is lost."""
        if count:
            self._counts[reason] = self._counts.get(reason, 0) + count

    def news(self) -> dict[str, int] | None:
        """The totals, where they have changed since they were last asked for."""
        if self._counts == self._told:
            return None
        self._told = dict(self._counts)
        return self._told

    def totals(self) -> dict[str, int]:
        """A copy of all counts."""
        return dict(self._counts)
