"""Single lines of Python's tracebacks."""

import re
from typing import Any

from rules.stacktraces.parsed import frame, number

__all__ = ["CLOSING", "HEADER", "MARGIN", "RULER", "STACK", "calls", "is_frame", "read_frame", "starts"]

HEADER = "Traceback (most recent call last):"
STACK = "Stack (most recent call last):"  # what `logging` adds for `stack_info`
RULER = re.compile(r"\+-(?:\+-)?-{3,60} (?:\d{1,5}|\.\.\.) -{3,60}$")  # above each member of an exception group
CLOSING = re.compile(r"\+-{10,60}$")  # below the last one
MARGIN = re.compile(r"( {0,400})[|+] ?")
_FILE = ('File "', '> File "')  # Loguru marks the frame that caught
_REPEATED = "[Previous line repeated "
_MAX_REPEATS = 50  # of one frame; grouping takes a recursion as one frame anyway
_CARETS = frozenset("^~ ")
_DRAWN = frozenset("│└")  # Loguru draws values under a line


def starts(line: str) -> bool:
    """Whether a traceback begins on the line."""
    return HEADER in line or line.startswith(STACK) or (is_frame(line.lstrip()) and '", line ' in line)


def is_frame(words: str) -> bool:
    """Whether the line, without its indentation, names a file and a line in it."""
    return words.startswith(_FILE)


def read_frame(words: str) -> dict[str, Any]:
    """`File "…", line 3, in function`."""
    file, _, rest = words.partition('"')[2].partition('", line ')
    digits, _, function = rest.partition(", in ")
    return frame(function=function, file=file, line=number(digits))


def calls(frames: list[dict[str, Any]], words: str) -> None:
    """What stands below a frame: its line of source, marks under it, or how often it is repeated."""
    if words.startswith(_REPEATED):
        times = number(words[len(_REPEATED) :].partition(" ")[0]) or 0
        frames.extend([frames[-1]] * min(times, _MAX_REPEATS))
    elif "context" not in frames[-1] and not _CARETS.issuperset(words) and words[0] not in _DRAWN:
        frames[-1]["context"] = {"line": words}
