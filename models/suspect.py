"""The commit that an error most likely came with."""

from typing import Literal

import msgspec

__all__ = ["How", "Suspect"]

How = Literal["line", "file", "before"]


class Suspect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A commit, and why it is suspected."""

    how: How  # line: it changed the line in this release; file: the file; before: the line, in an earlier release
    commit: str
    subject: str
    author: str  # a name
    at: float  # when it was written, epoch seconds
    file: str  # of the frame, as a path in the repository
    line: int
