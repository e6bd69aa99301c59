"""Which of two releases is the newer one: by when they were made known, else by their version numbers."""

import re
from collections.abc import Sequence

__all__ = ["ReleaseOrder"]

_NUMBER = re.compile(r"\d{1,9}")
_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-._]?(.{0,60}))?$")
_MAX = 200  # characters of a release that are compared


class ReleaseOrder:
    """A service's releases. `known`: the oldest first."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._places = {release: place for place, release in enumerate(known)}

    def newer(self, release: str, than: str) -> bool | None:
        """Whether `release` is newer; None where nothing tells."""
        if release == than:
            return False
        places = self._places.get(release), self._places.get(than)
        if places[0] is not None and places[1] is not None:
            return places[0] > places[1]
        mine, other = _version(release), _version(than)
        if mine is None or other is None or mine == other:
            return None
        return mine > other


def _version(release: str) -> tuple[tuple[int, ...], int, tuple[int, ...]] | None:
    """`package@1.2.3-rc.1+build` as numbers; a pre-release comes before its release (SemVer 2.0, 11)."""
    found = _VERSION.match(release[:_MAX].rpartition("@")[2].partition("+")[0])
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:  # 1.0 is 1
        numbers.pop()
    rest = found[2] or ""
    before = bool(rest) and not rest[0].isdigit()
    return tuple(numbers), -1 if before else 0, tuple(int(number) for number in _NUMBER.findall(rest))
