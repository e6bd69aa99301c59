"""Rules about the frames of a stack, in Sentry's syntax: a line each, matchers and then what to do.

    family:javascript stack.abs_path:**/vendor/** -app
    stack.function:panic_* ^-group
    [ stack.function:main ] | stack.module:setup max-frames=3

https://docs.sentry.io/concepts/data-management/event-grouping/stack-trace-rules/
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rules.grouping.globs import glob_pattern
from rules.grouping.lines import Matchers, Scanner, read_lines, read_matchers

__all__ = ["FRAME_KEYS", "MAX_FRAMES_KEPT", "Flag", "Set", "StackRule", "parse_stack_rules", "truth"]

MAX_FRAMES_KEPT = 1_000  # that `max-frames` and `min-frames` may ask for
FRAME_KEYS = ("path", "module", "function", "package")  # matched by globs, of a frame alone

_KEYS = {
    "stack.abs_path": "path", "path": "path", "stack.module": "module", "module": "module",
    "stack.function": "function", "function": "function", "stack.package": "package", "package": "package",
    "family": "family", "app": "app", "category": "category",
    "error.type": "type", "type": "type", "error.value": "value", "value": "value",
    "error.mechanism": "mechanism", "mechanism": "mechanism",
}  # fmt: skip
_TRUTHS = {**dict.fromkeys(("1", "yes", "true"), True), **dict.fromkeys(("0", "no", "false"), False)}
_FLAG = re.compile(r"([\^v]?)([+-])(app|group)(?![\w-])")
_VARIABLE = re.compile(r'([a-z-]+)[ \t]*=[ \t]*"?([\w.-]+)"?')


class Flag(NamedTuple):
    """`+app`, `-group`; with `^` of the frames from there to the raising one, with `v` of those that called it."""

    name: Literal["app", "group"]
    value: bool
    reach: Literal["", "^", "v"]


class Set(NamedTuple):
    """`max-frames=3`, `min-frames=2`, `category=ui`."""

    name: str
    value: str


class StackRule(NamedTuple):
    """What to do with frames that match."""

    matchers: Matchers
    flags: tuple[Flag, ...]
    sets: tuple[Set, ...]
    text: str  # as it is written


def parse_stack_rules(lines: Sequence[str]) -> list[StackRule]:
    """The rules in the lines; empty lines and those that begin with `#` are none.

    Raises:
        LineError: a line is no rule.
    """
    return read_lines(lines, _rule)


def truth(text: str) -> bool:
    """`yes` or `no`.

    Raises:
        ValueError: it is neither.
    """
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        msg = f"`app:{text}` is neither `app:yes` nor `app:no`"
        raise ValueError(msg) from None


def _rule(scanner: Scanner) -> StackRule:
    matchers = read_matchers(scanner, _known)
    for matcher in (*matchers.own, *(one for one in (matchers.caller, matchers.callee) if one)):
        if matcher.key == "app":
            truth(matcher.pattern)
        elif matcher.key != "family":
            glob_pattern(matcher.pattern, path=matcher.key in ("path", "package"))
    flags: list[Flag] = []
    sets: list[Set] = []
    while not scanner.ended:
        flag = scanner.take(_FLAG)
        if flag:
            flags.append(Flag(flag[3], flag[2] == "+", flag[1]))  # type: ignore[arg-type]  # the pattern has no others
            continue
        sets.append(_set(scanner))
    if not flags and not sets:
        msg = "after the matchers comes what to do: `+app`, `-app`, `+group`, `-group`, `max-frames=3` …"
        raise ValueError(msg)
    return StackRule(matchers, tuple(flags), tuple(sets), scanner.text)


def _set(scanner: Scanner) -> Set:
    found = scanner.take(_VARIABLE)
    if found is None:
        msg = f"{scanner.rest()} is neither a matcher nor an action"
        raise ValueError(msg)
    name, value = found.groups()
    if name in ("max-frames", "min-frames"):
        if not value.isdecimal() or int(value) > MAX_FRAMES_KEPT:
            msg = f"`{name}` must be a number up to {MAX_FRAMES_KEPT}, not `{value}`"
            raise ValueError(msg)
    elif name != "category":
        msg = f"`{name}` cannot be set: max-frames, min-frames or category"
        raise ValueError(msg)
    return Set(name, value)


def _known(key: str) -> str:
    try:
        return _KEYS[key]
    except KeyError:
        msg = f"`{key}` is no matcher of frames: {', '.join(name for name in _KEYS if name not in _SHORT)}"
        raise ValueError(msg) from None


_SHORT = frozenset(key for key in _KEYS if any(name.endswith(f".{key}") for name in _KEYS) or key == "path")
