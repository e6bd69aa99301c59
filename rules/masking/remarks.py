"""The remarks of a draft: one for every change, with the rule, the path and the length before."""

from collections.abc import Iterable
from typing import Any

from models import bounds
from rules.masking.profile import Path, Profile
from rules.masking.texts import PathMasker

__all__ = ["Remarks"]


class Remarks:
    """At most MAX_REMARKS; their paths are masked as well."""

    def __init__(self, paths: PathMasker, profile: Profile, remarks: list[dict[str, Any]]) -> None:
        """Add to `remarks`."""
        self._paths = paths
        self._profile = profile
        self._remarks = remarks

    def add(self, path: Path, changes: Iterable[tuple[str, int]]) -> None:
        """Note changes, each a rule and a length, in the value at `path`."""
        free = bounds.MAX_REMARKS - len(self._remarks)
        text = self._paths.render(path, self._profile) if free > 0 else None
        if text is None:
            return
        made = [{"path": text, "rule": rule, "length": length} for rule, length in changes]
        self._remarks += made[:free]
