"""What a stack trace in a text says."""

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "MAX_CHAIN",
    "MAX_LINE_READ",
    "MAX_STACK",
    "ParsedTrace",
    "Thrown",
    "chained",
    "frame",
    "in_order",
    "introduction",
    "number",
    "parsed",
    "split_type",
]

MAX_LINE_READ = 2_048  # characters of one line that are looked at, so that no line can take long
MAX_CHAIN = 100  # exceptions read of one trace
MAX_STACK = 2_000  # frames read of one exception
_MAX_DIGITS = 9  # of a line number: more are none

Frame = dict[str, Any]


@dataclass(slots=True, frozen=True, kw_only=True)
class ParsedTrace:
    """A trace found in a text. Exceptions and frames are plain objects with ErrorEvent's field names."""

    language: str
    exceptions: list[dict[str, Any]]  # the first cause first, what was raised last
    before: str  # the text in front of the trace, without surrounding white space and a colon at its end
    after: str
    text: str  # the trace itself
    severity: str | None = None  # where the runtime says it: a panic is critical


@dataclass(slots=True, eq=False)
class Thrown:
    """One exception while a trace is read. `frames` has the outermost call first once it is `chained`."""

    type: str | None = None
    value: str | None = None
    module: str | None = None
    frames: list[Frame] = field(default_factory=list)
    parent: "Thrown | None" = None
    relation: str | None = None  # what it is to its parent
    is_group: bool = False


def chained(thrown: list[Thrown]) -> list[dict[str, Any]]:
    """The exceptions as objects; those of a tree get numbers, what was raised last is 0.

    Args:
        thrown: in our order: the first cause first, children before their parents.
    """
    ids = {id(one): len(thrown) - 1 - index for index, one in enumerate(thrown)}
    following: list[Thrown | None] = [*thrown[1:], None]
    tree = any(
        one.is_group or one.relation == "suppressed" or (one.parent is not None and one.parent is not after)
        for one, after in zip(thrown, following, strict=True)
    )
    made = []
    for one in thrown:
        exception = frame(type=one.type, module=one.module, value=one.value, relation=one.relation)
        exception["frames"] = one.frames
        if tree:
            exception["id"] = ids[id(one)]
            if one.parent is not None and id(one.parent) in ids:
                exception["parent"] = ids[id(one.parent)]
        if one.is_group:
            exception["is_group"] = True
        made.append(exception)
    return made


def in_order(printed: list[Thrown]) -> list[Thrown]:
    """Exceptions in our order: each behind its causes and members, and these as they were printed."""
    children: dict[int, list[Thrown]] = {}
    for one in printed:
        if one.parent is not None:
            children.setdefault(id(one.parent), []).append(one)
    made: list[Thrown] = []
    waiting = [one for one in printed if one.parent is None]
    while waiting:  # parents before children, the last child first: backwards it is our order
        one = waiting.pop()
        made.append(one)
        waiting.extend(children.get(id(one), ()))
    return made[::-1]


def frame(**fields: Any) -> Frame:
    """A frame, or an exception, of the fields that are known."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def split_type(name: str) -> tuple[str, str | None]:
    """`java.lang.Error` as its type and the module that defines it.

    A sentence is neither: parted at a dot, a token in it would not be known as one.
    """
    module, _, short = name.rpartition(".")
    return (short, module or None) if short and " " not in name else (name, None)


def number(digits: str | None) -> int | None:
    """A line number, where the digits can be one."""
    return int(digits) if digits and len(digits) <= _MAX_DIGITS and digits.isascii() and digits.isdecimal() else None


def introduction(lines: list[str]) -> str:
    """What stands in front of a trace."""
    return "\n".join(lines).strip().removesuffix(":").rstrip()


def parsed(
    language: str,
    thrown: list[Thrown],
    lines: list[str],
    start: int,
    end: int,
    *,
    front: str = "",
    severity: str | None = None,
) -> ParsedTrace:
    """The trace in `lines[start:end]`. `front` is what stands on its first line before it."""
    text = "\n".join(lines[start:end])
    return ParsedTrace(
        language=language,
        exceptions=chained(thrown),
        before=introduction([*lines[:start], front]),
        after="\n".join(lines[end:]).strip(),
        text=text[len(front) :].strip("\n"),
        severity=severity,
    )
