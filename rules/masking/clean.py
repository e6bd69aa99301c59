"""What was found to hold nothing to mask: frames, names and keys come again and again and need no second look."""

from typing import Any

__all__ = ["Clean", "frame_mark"]

_MAX_MARKS = 65_536
_MAX_KEYS = 10_000


class Clean:
    """Keys, and hashes of texts and frames. Nothing that was masked ever gets in; when full, it begins anew.

    Python's hashes are 64 bits wide and keyed by process: nobody can make a secret that passes for a known text.
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
        """Remember a text or a frame by its hash."""
        if len(self.marks) >= _MAX_MARKS:
            self.marks.clear()
        self.marks.add(mark)


def frame_mark(frame: dict[str, Any]) -> int:
    """The hash of all texts of a frame but its locals."""
    get = frame.get
    context = get("context")
    if not context:
        return hash((get("function"), get("module"), get("file"), get("package")))
    lines = context.get
    before, after = lines("before"), lines("after")
    if before or after:
        around = (*(before or ()), None, *(after or ()))
        return hash((get("function"), get("module"), get("file"), get("package"), lines("line"), around))
    return hash((get("function"), get("module"), get("file"), get("package"), lines("line")))
