"""One text masked: the rules whose gates it hits, one after the other, until nothing changes."""

from collections.abc import Container, Sequence

from models import bounds
from rules.masking.builtin import all_rules, documents, headers
from rules.masking.engine import EngineName, make_scanner
from rules.masking.markup import MARKUP_GATE, mask_markup
from rules.masking.named import PERSONAL_GATE
from rules.masking.pairs import FLAG_GATE, PAIR_GATE, mask_flags, mask_pairs
from rules.masking.profile import Path, Profile, parts_of
from rules.masking.rule import ValueRule
from rules.masking.turn import Step, Turn

__all__ = ["OWN", "PathMasker", "TextMasker", "gates"]

OWN = -1
"""Stands among a text's hits for the rules of the rule file, which go first."""

_ROUNDS = 8  # one rule's replacement may bring about what another looks for
_LONGEST_PLACEHOLDER = 64
_UNSETTLED = "[secret]"  # what never comes to rest is not shown at all


class TextMasker:
    """The built-in rules, compiled, for texts of any profile."""

    def __init__(self, off: Container[str], engine: EngineName | None = None) -> None:
        """Leave out the rules in `off` altogether."""
        gated = _gated(off)
        self._steps: list[Step] = [step for _, step in gated]
        self._scanner = make_scanner(tuple(gate for gate, _ in gated), engine)

    def scan(self, texts: Sequence[str], profile: Profile) -> dict[int, list[int]]:
        """Of every text that may hold a secret, by its number: the steps to take."""
        hits = self._scanner.scan(texts)
        for index in profile.own.scan(texts):
            hits[index] = [OWN, *hits.get(index, ())]
        return hits

    def mask(self, text: str, turn: Turn, profile: Profile, limit: int, steps: Sequence[int] | None = None) -> str:
        """The masked text, at most `limit` long.

        Args:
            text: any text.
            turn: for where it lies; what is changed goes into it.
            profile: the one that `turn` was made for.
            limit: in characters.
            steps: those to take first, where they are known.
        """
        for _ in range(_ROUNDS):
            if steps is None or "[" in text:
                steps = self.scan([profile.methods.blank(text)], profile).get(0)
            if not steps:
                break
            before = text
            for step in steps:
                text = profile.own.apply(text, turn) if step == OWN else self._steps[step](text, turn)
            if text == before:
                break
            steps = None
        else:
            text = _UNSETTLED
        return text if len(text) <= limit else _cut(text, limit)


class PathMasker:
    """Paths as remarks have them: masked, since keys may be secrets themselves. The same few come again and again."""

    def __init__(self, texts: TextMasker) -> None:
        self._texts = texts
        self._known: dict[Path, str] = {}

    def render(self, path: Path, profile: Profile) -> str | None:
        """The path, dotted and without secrets; None within the remarks, which get none themselves."""
        known = self._known.get(path) if profile.everywhere else None
        if known is not None:
            return known
        parts = parts_of(path)
        if parts[0] == "remarks":
            return None
        text = ".".join(parts)[: bounds.MAX_LINE]
        masked = self._texts.mask(text, Turn(profile.methods, off=profile.off), profile, bounds.MAX_LINE)
        if masked == text:  # nothing that was masked is kept
            if len(self._known) >= _MAX_PATHS:
                self._known.clear()
            self._known[path] = text
        return masked


_MAX_PATHS = 10_000


def gates() -> list[str]:
    """The gates of all built-in rules."""
    return [gate for gate, _ in _gated(())]


def _gated(off: Container[str]) -> list[tuple[str, Step]]:
    return [
        *_on(documents.RULES, off),
        *_on(headers.RULES, off),
        # Keys go before tokens, so that `Authorization: Bearer …` is taken whole.
        (f"{PAIR_GATE}|{PERSONAL_GATE}", mask_pairs),
        (MARKUP_GATE, mask_markup),
        (FLAG_GATE, mask_flags),
        *_on(all_rules(), off),
    ]


def _on(rules: Sequence[ValueRule], off: Container[str]) -> list[tuple[str, Step]]:
    return [(rule.gate, rule.apply) for rule in rules if rule.name not in off]


def _cut(text: str, limit: int) -> str:
    """Placeholders may be longer than what they replace; none is cut in two."""
    text = text[:limit]
    opened = text.rfind("[", max(0, limit - _LONGEST_PLACEHOLDER))
    return text if opened < 0 or "]" in text[opened:] else text[:opened]
