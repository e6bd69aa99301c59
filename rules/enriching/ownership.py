"""Ownership rules, as Sentry has them: `path:`, `module:`, `url:` and `tags.<name>:`, then owners.

https://docs.sentry.io/product/issues/ownership-rules/
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rules.enriching.codeowners import Ownership
from rules.enriching.frames import MAX_PATHS, paths_of
from rules.enriching.lines import MAX_LINES, LineProblem, words
from rules.grouping.globs import glob_pattern
from rules.searching import finder

__all__ = ["OwnershipRules", "parse_ownership"]

Draft = Mapping[str, Any]

_RULE = re.compile(r"(path|module|url|tags\.[\w.-]{1,200}):(.{1,500})")
_OWNER = re.compile(r"#[\w./-]{1,200}|@[\w./-]{1,200}|[^\s@]{1,100}@[^\s@]{1,100}")
_KNOWN = 4_096  # values remembered a rule's kind


class _Rule(NamedTuple):
    kind: str  # path, module, url, tags.<name>
    fits: Callable[[str], bool]
    owners: tuple[str, ...]
    line: str


class OwnershipRules:
    """The rules, to be asked about events."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._kinds = {rule.kind for rule in rules}
        self._known: dict[tuple[str, str], int] = {}  # kind and value -> the last rule that fits; -1: none

    def of(self, draft: Draft, frames: Sequence[Mapping[str, Any]]) -> Ownership | None:
        """Who owns an event: the last rule that fits it.

        Args:
            draft: the event.
            frames: those of its own code.
        """
        best = -1
        for kind in self._kinds:
            for value in _values(draft, frames, kind):
                best = max(best, self._last(kind, value))
        return Ownership(self._rules[best].owners, self._rules[best].line) if best >= 0 else None

    def _last(self, kind: str, value: str) -> int:
        known = self._known.get((kind, value))
        if known is None:
            fitting = (index for index, rule in enumerate(self._rules) if rule.kind == kind and rule.fits(value))
            known = max(fitting, default=-1)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[kind, value] = known
        return known


def _values(draft: Draft, frames: Sequence[Mapping[str, Any]], kind: str) -> Iterable[str]:
    if kind == "path":
        return paths_of(frames)
    if kind == "module":
        return [module for frame in frames[:MAX_PATHS] if (module := frame.get("module"))]
    if kind == "url":
        value = (draft.get("request") or {}).get("url")
    else:
        value = (draft.get("tags") or {}).get(kind.removeprefix("tags."))
    return [value] if value else []


def parse_ownership(lines: Sequence[str]) -> tuple[OwnershipRules, list[LineProblem]]:
    """The rules of some lines, and the lines that cannot be read and are left out."""
    rules, problems = [], []
    for number, line in enumerate(islice(lines, MAX_LINES), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        made = _rule(text)
        if isinstance(made, str):
            problems.append(LineProblem(number, made))
        else:
            rules.append(made)
    return OwnershipRules(rules), problems


def _rule(text: str) -> _Rule | str:
    """A line's rule, or what is wrong with it."""
    first, *owners = words(text)
    match = _RULE.fullmatch(first)
    if match is None:
        return f"`{first[:60]}` is no matcher: path:, module:, url: or tags.<name>: and a pattern"
    if not owners:
        return "names no owner"
    wrong = next((owner for owner in owners if not _OWNER.fullmatch(owner)), None)
    if wrong is not None:
        return f"`{wrong[:60]}` is no owner: #team, @user or an e-mail address"
    pattern = match[2].strip('"')
    try:
        fits = finder(rf"(?i)\A(?:{glob_pattern(pattern)})\z")
    except ValueError as problem:
        return str(problem)
    return _Rule(match[1], fits, tuple(owners), text)
