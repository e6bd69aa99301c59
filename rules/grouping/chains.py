"""Which exceptions of an event count, and how: those of a chain one after the other, those of a group as a set.

Causes and contexts count before what they led to. What was suppressed does not count. A group with one kind of
exception in it is that exception, as Sentry has it; with several it is itself and the set of them.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["Weighed", "shape", "weigh"]

Exception_ = dict[str, Any]
PartsOf = Callable[[int], Sequence[str]]
"""The parts of one exception's own: its type and frames."""

_BESIDE = frozenset({"suppressed"})
_MEMBER = "member"
_FIRST = {"cause": 0, "context": 1}


class Weighed(NamedTuple):
    """What a chain is made of. `main` is the exception that the event is named after."""

    parts: tuple[str, ...]
    main: int


def shape(exceptions: Sequence[Exception_]) -> tuple[Any, ...] | None:
    """How the exceptions hang together; None for a plain chain."""
    for one in exceptions:
        if one.get("is_group") or one.get("relation") in _RELATED:
            return tuple(
                (one.get("id"), one.get("parent"), one.get("relation"), one.get("is_group")) for one in exceptions
            )
    return None


_RELATED = frozenset({_MEMBER, *_BESIDE})


def weigh(exceptions: Sequence[Exception_], parts_of: PartsOf) -> Weighed:
    """The parts of all exceptions that count."""
    last = len(exceptions) - 1
    if last == 0:
        return Weighed(tuple(parts_of(0)), 0)
    if shape(exceptions) is None:
        return Weighed(tuple(part for index in range(len(exceptions)) for part in parts_of(index)), last)
    tree = _Tree(exceptions, parts_of)
    return tree.weighed(tree.root)


class _Tree:
    def __init__(self, exceptions: Sequence[Exception_], parts_of: PartsOf) -> None:
        self._exceptions = exceptions
        self._parts_of = parts_of
        self._children: dict[Any, list[int]] = {}
        self._seen: set[int] = set()
        ids = {one.get("id") for one in exceptions}
        roots = []
        for index, one in enumerate(exceptions):
            parent = one.get("parent")
            if parent is not None and parent in ids and parent != one.get("id"):
                self._children.setdefault(parent, []).append(index)
            else:
                roots.append(index)
        self.root = roots[-1] if roots else len(exceptions) - 1

    def weighed(self, index: int) -> Weighed:
        """The parts of an exception with its causes and members; each is taken once, whatever its parents say."""
        self._seen.add(index)
        one = self._exceptions[index]
        children = [] if one.get("id") is None else self._children.get(one["id"], [])
        causes = sorted((at for at in children if self._leads(at)), key=self._rank)
        before = tuple(part for at in causes[:1] if at not in self._seen for part in self.weighed(at).parts)
        members = [self.weighed(at) for at in children if self._is_member(at) and at not in self._seen]
        distinct = {member.parts: member for member in reversed(members)}  # of those alike, the first
        if len(distinct) == 1:
            (only,) = distinct.values()
            return only
        own = Weighed((*before, *self._parts_of(index)), index)
        within = tuple(part for parts in sorted(distinct) for part in ("member", *parts))
        return Weighed((*own.parts, *within), index)

    def _leads(self, at: int) -> bool:
        relation = self._exceptions[at].get("relation")
        return relation not in _BESIDE and not self._is_member(at)

    def _is_member(self, at: int) -> bool:
        one = self._exceptions[at]
        if one.get("relation") == _MEMBER:
            return True
        if one.get("relation") is not None:
            return False
        return any(parent.get("id") == one.get("parent") and parent.get("is_group") for parent in self._exceptions)

    def _rank(self, at: int) -> tuple[int, int]:
        return _FIRST.get(self._exceptions[at].get("relation") or "", len(_FIRST)), at
