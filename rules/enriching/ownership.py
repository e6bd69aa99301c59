"""Ownership rules, as Sentry has them: `path:`, `module:`, `url:` and `tags.<name>:`, then owners.

https://docs.sentry.io/product/issues/ownership-rules/
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rules.enriching.codeowners import Ownership
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

    def of(self, draft: Draft, paths: Iterable[str]) -> Ownership | None:
        """Who owns an event: the last rule that fits it.

        Args:
            draft: the event.
            paths: the files of its frames.
        """
        best = -1
        for kind in self._kinds:
            for value in paths if kind == "path" else _values(draft, kind):
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


def _values(draft: Draft, kind: str) -> Iterable[str]:
    if kind == "url":
        url = (draft.get("request") or {}).get("url")
        return [url] if url else []
    if kind == "module":
        modules = (frame.get("module") for one in draft.get("exception") or () for frame in one.get("frames") or ())
        return dict.fromkeys(islice((module for module in modules if module), _MODULES))
    tag = (draft.get("tags") or {}).get(kind.removeprefix("tags."))
    return [tag] if tag else []


_MODULES = 200  # of one event that are looked at


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
