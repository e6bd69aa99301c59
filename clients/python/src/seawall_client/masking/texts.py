"""Secrets told by their own form, in any text.

Each rule has literals, one of which has to be in the text (in lower case) before its pattern is tried: most texts cost
a few substring searches. Patterns run in linear time: their repetitions are bounded or of one set of characters, and
they begin where no word goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Callable, NamedTuple, Union

from seawall_client.masking.keys import Keys
from seawall_client.masking.pairs import Pairs

__all__ = ["Texts"]

_Replace = Union[str, Callable[["re.Match[str]"], str]]


class _Rule(NamedTuple):
    gates: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: _Replace


def _rule(gates: str, pattern: str, replace: _Replace) -> _Rule:
    return _Rule(tuple(gates.split()), re.compile(pattern), replace)


_RANDOM = 24  # a word so long is no English


def _scheme(match: re.Match[str]) -> str:
    """`Bearer authentication failed` is prose."""
    value = match["value"]
    secret = len(value) >= _RANDOM or any(map(str.isdigit, value))
    return f"{match['scheme']} [token]" if secret else match[0]


def _email(match: re.Match[str]) -> str:
    """`git@github.com` is everyone's, and `logo@2x.png` a picture."""
    picture = match["top"].lower() in {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js"}
    return match[0] if picture or match["user"] == "git" else "[email]"


def _card(match: re.Match[str]) -> str:
    """A card's number has Luhn's check digit (ISO/IEC 7812-1), and begins as issuers' numbers do."""
    digits = [int(char) for char in match[0] if char.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    right = digits[0] in {2, 3, 4, 5, 6} and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return "[card]" if right else match[0]


_KEY_BLOCK = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_VENDORS = (
    r"(?<![A-Za-z0-9])(?:A(?:KI|SI|BI|CC)A[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|gh[opsur]_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{22,}|gl(?:pat|dt|rt|cbt|ptt|oas)-[\w-]{20,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|[prs]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}"
    r"|sk-[\w-]{32,}|(?<=hooks\.slack\.com/)[a-z]+/[\w/-]{8,})"
)
_VENDOR_GATES = (
    "akia asia abia acca aiza ya29. ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- gloas- xox"
    " xapp- _live_ _test_ whsec_ sg. npm_ pypi- sk- hooks.slack.com"
)
_RULES = (
    _rule("-----begin", _KEY_BLOCK, "[private_key]"),
    _rule("eyj", r"(?<![\w-])eyJ[\w-]{6,}\.[\w-]{2,}(?:\.[\w-]*){0,3}", "[jwt]"),
    _rule(_VENDOR_GATES, _VENDORS, "[api_key]"),
    _rule(
        "://",
        r"(?<![\w+.-])(?P<before>[A-Za-z][\w+.-]{0,30}://[^\s:/@\"'<>]{0,200}:)(?!\[password\]@)[^\s/\"'<>]{1,500}@",
        r"\g<before>[password]@",
    ),
    _rule("bearer basic", r"(?<![\w-])(?P<scheme>(?i:bearer|basic)) {1,3}(?P<value>[\w.~+/-]{8,}=*)", _scheme),
    _rule(
        "password identified",
        r"(?<![\w-])(?P<before>(?i:password|identified by) {1,3})'(?!\[)[^'\n]{1,200}'",  # as SQL has it
        r"\g<before>'[password]'",
    ),
    _rule(
        "@ %40",
        r"(?<![\w.+-])(?P<user>[\w.+-]{1,64})(?:@|%40)(?:[\w-]{1,63}\.){1,6}(?P<top>[^\W\d_]{2,24})(?!\w)",
        _email,
    ),
)
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_DIGITS = re.compile(r"\d[\d -]{11}")
_WORDS = (
    *(
        "pass",
        "pwd",
        "secret",
        "token",
        "key",
        "auth",
        "cred",
        "cookie",
        "csrf",
        "xsrf",
        "session",
        "sess",
        "otp",
        "jwt",
    ),
    *("pw", "sig", "cvv", "cvc", "ssn", "iban", "kennwort", "contrase", "bearer", "sid", "card", "pan"),
)


class Texts:
    """Masks texts. Not for use by several threads at once, as `Keys` are not."""

    def __init__(self, keys: Keys, more: Mapping[str, str]) -> None:
        """`more` are patterns of the user's, by the names that take the place of what they match.

        Raises:
            re.error: one is no regular expression.
        """
        self._pairs = Pairs(keys)
        self._more = [(f"[{name}]", re.compile(pattern)) for name, pattern in more.items()]
        self._words = None if keys.more() else _WORDS  # the user's names may be spelled in any way

    def mask(self, text: str, *, code: bool = False) -> str:
        """The text with what is secret replaced. `code`: it is source, in which only literals are values."""
        for replacement, pattern in self._more:
            text = pattern.sub(replacement, text)
        lower = text.lower()
        for rule in _RULES:
            for gate in rule.gates:
                if gate in lower:
                    text = rule.pattern.sub(rule.replace, text)
                    break
        if _DIGITS.search(text) is not None:
            text = _CARD.sub(_card, text)
        if self._words is None or any(word in lower for word in self._words):
            text = self._pairs.mask(text, code=code)
        return text

    def mask_code(self, line: str) -> str:
        """A line of source with what is secret replaced."""
        return self.mask(line, code=True)
