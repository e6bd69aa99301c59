"""Errors of Go that carry their stacks, printed with `%+v`: the first cause first, each message above its stack.

https://pkg.go.dev/github.com/pkg/errors#hdr-Formatted_printing_of_errors
"""

import re

from rules.stacktraces.go_frames import first_call, read_calls
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, ParsedTrace, Thrown, parsed

__all__ = ["read"]

_LOG_LINE = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|[A-Z]{4,8}\b|\{|level=")
_BETWEEN = 10  # lines of the message between two stacks


def read(lines: list[str], first: int) -> ParsedTrace:
    """The errors from the function at the line `first` on."""
    start = first - 1 if first and lines[first - 1].strip() else first
    front = ""
    value = lines[start].strip() if start < first else None
    if value is not None and _LOG_LINE.match(value) and ": " not in value:
        front, value = lines[start], None
    frames, at = read_calls(lines, first)
    made = [Thrown(value=value, frames=frames[::-1])]
    while len(made) < MAX_CHAIN and at < len(lines) and lines[at].strip():
        following = first_call(lines, at + 1, at + _BETWEEN + 2)
        message = lines[at:following] if following is not None else lines[at : at + 1]
        if _LOG_LINE.match(message[0]) or (following is None and "".join(lines[at + 1 :]).strip()):
            break
        frames, at = read_calls(lines, following) if following is not None else ([], at + 1)
        made.append(Thrown(value="\n".join(message)[:MAX_LINE_READ].strip(), frames=frames[::-1]))
        made[-2].parent, made[-2].relation = made[-1], "cause"
    return parsed("go", made, lines, start, at, front=front)
