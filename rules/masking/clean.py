"""What was found to hold nothing to mask: frames, names and keys come again and again and need no second look."""

from typing import Any

__all__ = ["Clean"]

_MAX_MARKS = 65_536
_MAX_KEYS = 10_000


class Clean:
    """Keys, and the marks (hashes, as in `rules.marks`) of texts, frames and stacks.

    Nothing that was masked ever gets in; when full, it begins anew.
    """

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.marks: set[int] = set()

    def add_keys(self, holder: dict[str, Any]) -> None:
        """Remember all keys of an object."""
        if len(self.keys) >= _MAX_KEYS:  # keys and texts are the producer's to choose
            self.keys.clear()
        self.keys.update(holder)

    def add_mark(self, mark: int) -> None:
        """Remember a text, a frame or a stack."""
        if len(self.marks) >= _MAX_MARKS:
            self.marks.clear()
        self.marks.add(mark)
