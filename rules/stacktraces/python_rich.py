"""Rich's tracebacks, drawn in boxes, as the plain ones that they stand for: as many lines, so that places stay.

https://rich.readthedocs.io/en/stable/traceback.html
"""

import re

from rules.stacktraces.parsed import MAX_LINE_READ

__all__ = ["plain"]

_TOP = "─ Traceback (most recent call last) ─"
_FRAME = re.compile(r"│ (\S[^│]{0,1000}):(\d{1,9}) in ([^\s│]{1,300}) *│$")
_SOURCE = "│ ❱ "
_NOTHING = "    ^"  # a line that the reader passes over


def plain(lines: list[str]) -> list[str]:
    """The lines with every box of a traceback replaced; the same list where there is none."""
    if not any(_TOP in line for line in lines):
        return lines
    made: list[str] = []
    inside = False
    for whole in lines:
        line = whole[:MAX_LINE_READ].strip()
        if _TOP in line:
            inside = True
            made.append("Traceback (most recent call last):")
        elif inside and line.startswith("│"):
            made.append(_inner(line))
        elif inside and line.startswith("╰"):
            inside = False
            made.append(_NOTHING)
        else:
            inside = False
            made.append(whole)
    return made


def _inner(line: str) -> str:
    found = _FRAME.match(line)
    if found:
        return f'  File "{found[1]}", line {found[2]}, in {found[3]}'
    if line.startswith(_SOURCE):
        source = line[len(_SOURCE) : -1].lstrip(" 0123456789").lstrip("│ ")
        return f"    {source.rstrip()}" if source.strip() else _NOTHING
    return _NOTHING
