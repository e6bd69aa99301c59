"""Rules from the rule file: a pattern of RE2's, where it counts, and what is done."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

import re2

from rules.masking.engine import encodable, joined
from rules.masking.turn import Turn
from rules.rulefile.masking import OwnRule
from rules.selectors import Selector, parse_selector

__all__ = ["OwnPatterns", "WholeValue", "whole_values"]

_JOINT = "\n\0\n"  # so that `^` and `$`, which mean a line's ends in the scan, hold at a text's


class WholeValue(NamedTuple):
    """A rule without a pattern."""

    name: str
    selects: Selector


class _Compiled(NamedTuple):
    name: str
    pattern: Any
    group: int


class OwnPatterns:
    """Those rules that have a pattern."""

    def __init__(self, rules: Sequence[OwnRule]) -> None:
        """Compile them. `rules` were validated when the file was read."""
        given = [rule for rule in rules if rule.pattern is not None]
        self._rules = [_compiled(rule) for rule in given]
        gates = "|".join(f"(?m:{rule.pattern})" for rule in given)
        self._any = re2.compile(_without_names(gates)) if given else None

    def scan(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that some rule may fit."""
        if self._any is None:
            return []
        data, find_ends = joined(texts, _JOINT)
        hit = self._any.search(data)
        if hit is None:
            return []
        hits, ends = [], find_ends()
        while hit is not None:
            index = bisect_right(ends, hit.start())
            hits.append(index)
            hit = self._any.search(data, ends[index]) if ends[index] < len(data) else None
        return hits

    def apply(self, text: str, turn: Turn) -> str:
        """The text without what the rules find."""
        for name, pattern, group in self._rules:
            pieces: list[str] = []
            done = 0
            for match in pattern.finditer(encodable(text)):
                start, end = match.span(group)
                if start < done:
                    continue
                made = turn.put(name, text[start:end])
                pieces += text[done:start], made
                done = end
            text = "".join(pieces) + text[done:]
        return text


def _compiled(rule: OwnRule) -> _Compiled:
    pattern = re2.compile(rule.pattern)
    return _Compiled(rule.name, pattern, pattern.groupindex.get("secret", 0))


def _without_names(pattern: str) -> str:
    """Names of groups must differ within one pattern, and those of several rules need not."""
    return re.sub(r"\(\?P?<\w+>", "(?:", pattern)


def whole_values(rules: Sequence[OwnRule]) -> list[WholeValue]:
    """Those rules that have no pattern."""
    return [WholeValue(rule.name, parse_selector(rule.where)) for rule in rules if rule.pattern is None]
