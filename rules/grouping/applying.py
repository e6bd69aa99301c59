"""The rules about frames applied to one stack, one after the other: what a rule changes, those after it see."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rules.grouping.stack_rules import Set, StackRule

__all__ = ["UNKNOWN", "Compiled", "Facts", "Note", "Stack", "Test"]

Note = Callable[[int, str, str], None]
"""Told of each change: the frame's place, the rule, and what it did."""

UNKNOWN = "<unknown>"


class Facts(NamedTuple):
    """What is known of a frame by itself."""

    atoms: frozenset[int]  # the patterns that fit it
    rules: frozenset[int]  # the rules whose own patterns fit it


class Test(NamedTuple):
    """A matcher: of a pattern that is looked at with the frame, or of what rules before it may have changed."""

    key: str
    negated: bool
    atom: int  # < 0: not of the frame alone
    fits: Callable[[str], object] | None
    flag: bool


class Compiled(NamedTuple):
    """A rule, its matchers sorted by what they look at."""

    rule: StackRule
    wanted: frozenset[int]
    unwanted: frozenset[int]
    changing: tuple[Test, ...]  # of `app` and `category`
    raised: tuple[Test, ...]  # of the exception
    caller: Test | None
    callee: Test | None


class Stack:
    """One stack while the rules are applied to it."""

    def __init__(
        self,
        exception: dict[str, Any],
        facts: list[Facts],
        in_app: list[bool | None],
        counts: list[bool],
        note: Note | None,
    ) -> None:
        self.in_app = in_app
        self.bounds: dict[str, int] = {}
        self._exception = exception
        self._facts = facts
        self._counts = counts
        self._categories: dict[int, str] = {}
        self._note = note

    def apply(self, index: int, one: Compiled) -> None:
        """Apply a rule: first it is seen which frames it is about, then they are changed."""
        if not all(self._raised(test) for test in one.raised):
            return
        places = [
            at
            for at, facts in enumerate(self._facts)
            if index in facts.rules
            and all(self._fits(test, at) for test in one.changing)
            and (one.caller is None or (at > 0 and self._fits(one.caller, at - 1)))
            and (one.callee is None or (at + 1 < len(self._facts) and self._fits(one.callee, at + 1)))
        ]
        for at in places:
            self._change(one.rule, at)

    def _fits(self, test: Test, at: int) -> bool:
        if test.atom >= 0:
            fits = test.atom in self._facts[at].atoms
        elif test.key == "app":
            fits = bool(self.in_app[at]) is test.flag
        elif test.key == "category":
            category = self._categories.get(at)
            fits = category is not None and test.fits is not None and test.fits(category) is not None
        else:
            return self._raised(test)
        return fits is not test.negated

    def _raised(self, test: Test) -> bool:
        value = self._exception.get(test.key) or UNKNOWN
        return (test.fits is not None and test.fits(value) is not None) is not test.negated

    def _change(self, rule: StackRule, at: int) -> None:
        for flag in rule.flags:
            last = len(self._counts)
            reach = range(at + 1, last) if flag.reach == "^" else range(at) if flag.reach == "v" else range(at, at + 1)
            held: list[Any] = self.in_app if flag.name == "app" else self._counts
            for place in reach:
                if held[place] is not flag.value:
                    held[place] = flag.value
                    self._tell(place, rule, f"{'+' if flag.value else '-'}{flag.name}")
        for one in rule.sets:
            self._set(one, rule, at)

    def _set(self, one: Set, rule: StackRule, at: int) -> None:
        if one.name == "category":
            if self._categories.get(at) != one.value:
                self._categories[at] = one.value
                self._tell(at, rule, f"category={one.value}")
        elif self.bounds.get(one.name) != int(one.value):
            self.bounds[one.name] = int(one.value)
            self._tell(at, rule, f"{one.name}={one.value}")

    def _tell(self, at: int, rule: StackRule, what: str) -> None:
        if self._note is not None:
            self._note(at, rule.text, what)
