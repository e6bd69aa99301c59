"""An exception with its causes, contexts and members, as much of them as has to be read while they are alive.

Frames stay raw: their files are read and judged later, on another thread.
"""

from __future__ import annotations

from types import CodeType, TracebackType
from typing import Any, Callable, NamedTuple

from seawall_client.events.bounds import MAX_CHAIN, MAX_EXCEPTIONS, MAX_FRAMES, MAX_MESSAGE, MAX_NAME, MAX_NOTES
from seawall_client.events.raw import cause_of, context_of, hides_context, traceback_of, variables_of
from seawall_client.events.texts import cut, str_of

__all__ = ["LocalsOf", "Raised", "RawFrame", "chain_of", "innermost"]

Locals = dict[str, Any]
LocalsOf = Callable[[Any], "Locals | None"]
"""Gives a frame's local variables as JSON values, or None."""


class RawFrame(NamedTuple):
    """One call. The module's globals tell its name, and where its source is if it lies in no file."""

    code: CodeType
    line: int
    instruction: int
    globals: dict[str, Any]
    locals: Locals | None


class Raised(NamedTuple):
    """One exception of the tree; what was raised last has no parent."""

    type: str
    module: str | None
    value: str
    frames: list[RawFrame]
    id: int
    parent: int | None
    relation: str | None
    is_group: bool


class _Link(NamedTuple):
    error: BaseException
    id: int
    parent: int | None
    relation: str | None


def chain_of(error: BaseException, locals_of: LocalsOf | None = None) -> list[Raised]:
    """The tree of exceptions: the first cause first, what was raised last."""
    links = _links(error)
    if len(links) > MAX_EXCEPTIONS:
        half = MAX_EXCEPTIONS // 2
        links = links[:half] + links[-half:]
    made = [_raised(link, locals_of) for link in links]  # what was raised last gets most of the locals' budget
    made.reverse()
    return made


def innermost(error: BaseException) -> tuple[CodeType, int] | None:
    """The code and the line that raised it."""
    link = traceback_of(error)
    if link is None:
        return None
    while link.tb_next is not None:
        link = link.tb_next
    return link.tb_frame.f_code, link.tb_lineno


def _links(error: BaseException) -> list[_Link]:
    """What belongs to the exception, itself first; each once, however they refer to each other."""
    links: list[_Link] = []
    seen: set[int] = set()
    waiting: list[tuple[BaseException, int | None, str | None]] = [(error, None, None)]
    while waiting and len(links) < MAX_CHAIN:
        one, parent, relation = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        number = len(links)
        links.append(_Link(one, number, parent, relation))
        waiting.extend((member, number, "member") for member in reversed(_members(one)))
        cause, context = cause_of(one), context_of(one)
        if cause is not None:
            waiting.append((cause, number, "cause"))
        elif context is not None and not hides_context(one):
            waiting.append((context, number, "context"))
    return links


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """The members of an exception group, be it the built-in one or the backport's."""
    if not any(base.__name__ == "BaseExceptionGroup" for base in type(error).__mro__):
        return ()
    try:
        members = getattr(error, "exceptions", ())[:MAX_EXCEPTIONS]
    except Exception:  # noqa: BLE001  a class of the program's may say anything
        return ()
    return tuple(one for one in members if isinstance(one, BaseException))


def _raised(link: _Link, locals_of: LocalsOf | None) -> Raised:
    error = link.error
    kind = type(error)
    module = kind.__module__
    return Raised(
        type=cut(kind.__qualname__, MAX_NAME),
        module=cut(module, MAX_NAME) if isinstance(module, str) and module not in _UNTOLD else None,
        value=_value(error),
        frames=_frames(traceback_of(error), locals_of),
        id=link.id,
        parent=link.parent,
        relation=link.relation,
        is_group=bool(_members(error)),
    )


_UNTOLD = frozenset({"builtins", "__main__"})  # as in Python's own tracebacks


def _value(error: BaseException) -> str:
    """The text, with the notes below it, as Python prints it (PEP 678)."""
    value = str_of(error, MAX_MESSAGE)
    notes = variables_of(error).get("__notes__")
    if isinstance(notes, (list, tuple)) and notes:
        lines = [str_of(note, MAX_MESSAGE) for note in notes[:MAX_NOTES]]
        value = cut("\n".join([value, *lines]), MAX_MESSAGE)
    return value


def _frames(traceback: TracebackType | None, locals_of: LocalsOf | None) -> list[RawFrame]:
    """The calls, outermost first; of too many the two ends."""
    links: list[TracebackType] = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    if len(links) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        links = links[:half] + links[-half:]
    made = []
    for link in reversed(links):  # and so does the innermost frame
        frame = link.tb_frame
        own = None if locals_of is None else locals_of(frame)
        made.append(RawFrame(frame.f_code, link.tb_lineno or 0, link.tb_lasti, frame.f_globals, own))
    made.reverse()
    return made
