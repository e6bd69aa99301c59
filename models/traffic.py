"""Requests that a service was asked, as it tells of them on the topic `traffic`."""

from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Traffic"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Traffic:
    """So many requests in [start, end), epoch seconds."""

    offset: int  # of the record
    service: str
    environment: str
    requests: int
    start: float
    end: float
    id: str | None = None  # 32 hex characters; two with one id are one

    def spread(self, grain: int) -> list[tuple[int, int]]:
        """The requests by buckets of `grain` seconds, each with its start: as if they had come evenly."""
        first, length = int(self.start) // grain, self.end - self.start
        borders = [*range((first + 1) * grain, int(-(-self.end // 1)), grain)]
        before = [0, *(int(self.requests * (border - self.start) / length) for border in borders), self.requests]
        return [((first + n) * grain, after - so_far) for n, (so_far, after) in enumerate(pairwise(before))]
