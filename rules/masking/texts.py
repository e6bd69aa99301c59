"""One text masked: the rules whose gates it hits, one after the other, until nothing changes."""

import re
from collections.abc import Callable

import re2

from models import bounds
from rules.masking.pairs import COOKIE_GATE, FLAG_GATE, PAIR_GATE, mask_cookies, mask_flags, mask_pairs
from rules.masking.values import ValueRule, value_rules

__all__ = ["TextMasker"]

_Step = Callable[[str, bool, dict[str, int]], str]
_MAX_PATHS = 10_000
_ROUNDS = 4  # one rule's replacement may bring about what another looks for


class TextMasker:
    """The compiled rules. Gates are RE2: one linear scan for all of them."""

    def __init__(self) -> None:
        rules = value_rules()
        first, others = rules[0], rules[1:]
        # Keys go before tokens, so that `Authorization: Bearer …` is taken whole; PEM keys hold line ends and go first.
        self._steps: list[_Step] = [_value_step(first), mask_cookies, mask_pairs, mask_flags, *map(_value_step, others)]
        gates = [first.gate, COOKIE_GATE, PAIR_GATE, FLAG_GATE, *(rule.gate for rule in others)]
        self._set = re2.Set.SearchSet()
        for gate in gates:
            self._set.Add(gate)
        self._set.Compile()
        self._paths: set[str] = set()  # the clean ones
        self.any_gate = re2.compile("|".join(f"(?:{gate})" for gate in gates).encode())

    def mask(self, text: str, *, code: bool, limit: int, found: dict[str, int]) -> str:
        """The masked text, at most `limit` long; rules that changed it go into `found` with the length they masked."""
        for _ in range(_ROUNDS):
            hits = self._set.Match(text.encode(errors="replace"))
            if not hits:
                break
            before = text
            for hit in sorted(hits):
                text = self._steps[hit](text, code, found)
            if text == before:
                break
        return text if len(text) <= limit else _cut(text, limit)

    def mask_path(self, path: str) -> str:
        """A remark's path: it holds keys, which may be secrets themselves. The same few come again and again."""
        if path in self._paths:
            return path
        masked = self.mask(path, code=False, limit=bounds.MAX_LINE, found={})
        if masked == path:
            if len(self._paths) >= _MAX_PATHS:
                self._paths.clear()
            self._paths.add(path)
        return masked


def _value_step(rule: ValueRule) -> _Step:
    def step(text: str, code: bool, found: dict[str, int]) -> str:  # noqa: FBT001 called positionally, in a loop
        def one(match: re.Match[str]) -> str:
            made = rule.replace(match, code)
            if made != match[0]:
                found.setdefault(rule.name, len(match[0]))
            return made

        return rule.exact.sub(one, text)

    return step


def _cut(text: str, limit: int) -> str:
    """Placeholders may be longer than what they replace; none is cut in two."""
    text = text[:limit]
    opened = text.rfind("[", limit - 20)
    return text if opened < 0 or "]" in text[opened:] else text[:opened]
