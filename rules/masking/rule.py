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
from typing import Any

import re2

from rules.masking.engine import encodable
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

    `near`, RE2's as `hint` is, finds where `exact` can begin: there, or behind all characters of `back` before it.
    Without it a long text is looked through where the gate hits: in these lines, unless secrets go over `many_lines`.
    """

    name: str
    gate: str
    exact: re.Pattern[str]
    hint: Any
    check: Check | None = None
    near: Any = None
    back: frozenset[str] = frozenset()
    many_lines: bool = False

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
        for match in self._matches(text):
            if self.check is None or self.check(match, code):
                yield match.span(group)

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        if self.near is not None:
            return self._near(text)
        if self.many_lines or len(text) <= _SHORT:
            return self.exact.finditer(text)
        return self._in_lines(text)

    def _near(self, text: str) -> Iterator[re.Match[str]]:
        """Matches of `exact` where `near` finds something, each behind the one before."""
        done = 0
        for found in self.near.finditer(encodable(text)):
            start = found.start()
            least = max(done, start - _MAX_BACK)
            while start > least and text[start - 1] in self.back:
                start -= 1
            match = self.exact.match(text, start) if start >= done else None
            if match is not None:
                yield match
                done = match.end()

    def _in_lines(self, text: str) -> Iterator[re.Match[str]]:
        done = 0
        for found in self.hint.finditer(encodable(text)):
            start, end = found.span()
            if start < done:
                continue
            line, done = text.rfind("\n", 0, start) + 1, text.find("\n", end) + 1 or len(text) + 1
            yield from self.exact.finditer(text, line, done - 1)


_MAX_BACK = 256  # characters
_SHORT = 300


def by_form(
    name: str,
    gate: str,
    exact: str,
    check: Check | None = None,
    *,
    near: str | None = None,
    back: str = "",
    many_lines: bool = False,
) -> ValueRule:
    """A rule from patterns; white space in `exact` does not count. `back` is a set of characters, as in a pattern."""
    chars = frozenset(char for char in map(chr, range(_ASCII)) if back and re.match(f"[{back}]", char))
    found = re2.compile(near) if near else None
    return ValueRule(name, gate, re.compile(exact, re.VERBOSE), re2.compile(gate), check, found, chars, many_lines)


_ASCII = 128
