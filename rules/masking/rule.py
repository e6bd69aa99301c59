"""A rule that knows a secret by its own form.

Every rule has a gate, a loose pattern that takes part in one scan over the whole event, and an exact pattern that runs
only on a text whose gate was hit. Exact patterns begin where no word goes on (`START`) and take runs possessively or
within bounds, so that hostile text cannot make them walk it again and again. What is possessive is a single set of
characters, never a group: Python before 3.11.5 gets those wrong (cpython#106052).

Gates are of what RE2 and Hyperscan have in common, and never match a NUL: texts are scanned together, parted by it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rules.masking.turn import Turn

__all__ = ["APART", "END", "START", "ValueRule", "by_form"]

# Not within a word; but a word may begin behind an escape of JSON (`\n`, `\u0022`) or of a URL (`%3D`).
START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9a-f]{4}))"
END = r"(?![A-Za-z0-9])"
# For numbers: nor within a decimal, a version or a longer number with dashes.
APART = r"(?:(?<![\w.\-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9a-f]{4}))"

Check = Callable[[re.Match[str], bool], bool]


@dataclass(frozen=True, slots=True)
class ValueRule:
    """`exact` may name the part that is the secret `secret`; `check`, told whether the text is code, may refuse it.

    `near` finds quickly where `exact` can begin: behind all characters of `back` that stand before what it finds.
    """

    name: str
    gate: str
    exact: re.Pattern[str]
    check: Check | None = None
    near: re.Pattern[str] | None = None
    back: frozenset[str] = frozenset()

    def apply(self, text: str, turn: Turn) -> str:
        """The text without what the rule finds."""
        pieces: list[str] = []
        done = 0
        for start, end in self._secrets(text, turn.code):
            secret = text[start:end]
            made = turn.put(self.name, secret)
            if made == secret:
                continue
            if turn.code:  # source lines stay as many as they were: a private key goes over several
                made += "\n" * secret.count("\n")
            pieces += text[done:start], made
            done = end
        return "".join(pieces) + text[done:] if pieces else text

    def _secrets(self, text: str, code: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001 called for every hit
        group = "secret" if "secret" in self.exact.groupindex else 0
        matches = self.exact.finditer(text) if self.near is None else self._near(text, self.near)
        for match in matches:
            if self.check is None or self.check(match, code):
                yield match.span(group)

    def _near(self, text: str, near: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches of `exact` where `near` finds something, each behind the one before."""
        done = 0
        for found in near.finditer(text):
            start = found.start()
            least = max(done, start - _MAX_BACK)
            while start > least and text[start - 1] in self.back:
                start -= 1
            match = self.exact.match(text, start) if start >= done else None
            if match is not None:
                yield match
                done = match.end()


_MAX_BACK = 256  # characters


def by_form(
    name: str, gate: str, exact: str, check: Check | None = None, *, near: str | None = None, back: str = ""
) -> ValueRule:
    """A rule from patterns; white space in `exact` does not count. `back` is a set of characters, as in a pattern."""
    chars = frozenset(char for char in map(chr, range(_ASCII)) if back and re.match(f"[{back}]", char))
    return ValueRule(name, gate, re.compile(exact, re.VERBOSE), check, re.compile(near) if near else None, chars)


_ASCII = 128
