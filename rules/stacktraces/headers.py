"""`package.Type: message` on a line, perhaps behind what a logger put in front."""

import re

__all__ = ["type_at"]

_TYPE = re.compile(r"[A-Za-z_$\\][\w$`+\\]{0,200}(?:\.[A-Za-z_$][\w$`+]{0,200}){0,30}$")
_NAMED = ("Exception", "Error", "Throwable", "Failure")
_LONGEST_NAME = 400


def type_at(line: str, *, bare: bool = False) -> int | None:
    """Where on the line a type's name begins, with its message behind it; None where there is none.

    Args:
        line: at most as long as a line is read.
        bare: whether a name without a package counts in the middle of a line.
    """
    begin = len(line) - len(line.lstrip())
    name = line[begin:].partition(":")[0].strip()
    if len(name) <= _LONGEST_NAME and ("." in name or name.endswith(_NAMED)) and _TYPE.match(name):
        return begin
    position = 0
    for word in line.split(" "):
        name = word.rstrip(":")
        if name.endswith(_NAMED) and ("." in name or (bare and name != word)) and _TYPE.match(name[-_LONGEST_NAME:]):
            return position
        position += len(word) + 1
    return None
