"""What Python's faulthandler writes when the interpreter itself dies: stacks with the innermost call first.

https://docs.python.org/3/library/faulthandler.html
"""

import re

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["read"]

_FIRST = "(most recent call first):"
_THREAD = re.compile(
    r"(?:(Current thread)|Thread|Stack) ?(?:0x[0-9a-f]{1,16} ?)?(?:\[[^\]]{0,80}\] ?)?\(most recent call first\):$"
)
_CALL = re.compile(r'File "([^"]{1,1000})", line (\d{1,9}) in (.{1,300})$')
_TITLES = ("Fatal Python error: ", "Timeout (", "Windows fatal exception: ")
_TITLE_LINES = 10  # between what happened and the first stack


def read(lines: list[str]) -> ParsedTrace | None:
    """The stack of the thread that was running, or else the first one."""
    heads = [
        index for index, line in enumerate(lines) if _FIRST in line and _THREAD.match(line[:MAX_LINE_READ].strip())
    ]
    if not heads:
        return None
    current = next((head for head in heads if lines[head].lstrip().startswith("Current")), heads[0])
    frames, _ = _calls(lines, current + 1)
    _, end = _calls(lines, heads[-1] + 1)
    if not frames:
        return None
    start, kind, value = _title(lines, heads[0])
    thrown = Thrown(type=kind, value=value, frames=frames[::-1])
    return parsed("python", [thrown], lines, start, end, severity="critical" if kind else None)


def _calls(lines: list[str], at: int) -> tuple[list[dict[str, object]], int]:
    frames: list[dict[str, object]] = []
    while at < len(lines):
        words = lines[at][:MAX_LINE_READ].strip()
        call = _CALL.match(words)
        if call and len(frames) < MAX_STACK:
            frames.append(frame(function=call[3], file=call[1], line=number(call[2])))
        elif not call and words not in ("...", "<no Python frame>"):
            break
        at += 1
    return frames, at


def _title(lines: list[str], head: int) -> tuple[int, str | None, str | None]:
    """What happened stands above the stacks: its line, type and message."""
    for at in range(head - 1, max(head - 1 - _TITLE_LINES, -1), -1):
        words = lines[at][:MAX_LINE_READ].strip()
        title = next((title for title in _TITLES if words.startswith(title)), None)
        if title is not None:
            kind, _, value = words.partition(": ")
            return (at, kind, value) if value else (at, words.partition(" ")[0], words)
    return head, None, None
