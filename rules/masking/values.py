"""Secrets told by their own form: what tokens, keys, cards and e-mail addresses look like.

Every rule has a gate, a loose RE2 pattern in one linear scan over the whole event, and an exact pattern that runs only
on a text whose gate was hit. Exact patterns begin where no word goes on (the look-behind) and take runs possessively or
within bounds, so that hostile text cannot make them walk it again and again.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ValueRule", "is_card", "value_rules"]

Replace = Callable[[re.Match[str], bool], str]


@dataclass(frozen=True, slots=True)
class ValueRule:
    """`replace` gives the text that takes the match's place, or the match itself where it is no secret.

    Its second argument says whether the text is source code.
    """

    name: str
    gate: str
    exact: re.Pattern[str]
    replace: Replace


def _whole(name: str) -> Replace:
    return lambda match, code: f"[{name}]"  # noqa: ARG005 one signature for all


def _private_key(match: re.Match[str], code: bool) -> str:  # noqa: FBT001 one signature for all
    """Source lines stay as many as they were: a key goes over several."""
    return "[private_key]" + "\n" * (match[0].count("\n") if code else 0)


def _url_password(match: re.Match[str], code: bool) -> str:  # noqa: ARG001, FBT001 one signature for all
    return f"{match['before']}[password]@"


_ENTROPY_LENGTH = 24  # a word so long is no English


def _bearer(match: re.Match[str], code: bool) -> str:  # noqa: ARG001, FBT001 one signature for all
    """`Bearer authentication failed` is prose, and so is `basic usage`."""
    scheme, value = match["scheme"], match["value"]
    if scheme.lower() == "basic":
        try:
            secret = b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
        except (binascii.Error, ValueError):
            secret = False
    else:
        secret = len(value) >= _ENTROPY_LENGTH or any(char.isdigit() for char in value) or "." in value.strip(".")
    return f"{scheme} [token]" if secret else match[0]


_NO_DOMAINS = {"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "jsx", "tsx", "mjs", "cjs", "css", "html", "json"}
_NO_DOMAINS |= {"xml", "yml", "yaml", "txt", "lock", "dll", "jar", "exe"}


def _email(match: re.Match[str], code: bool) -> str:  # noqa: ARG001, FBT001 one signature for all
    """`logo@2x.png` is a picture and `git@github.com` everyone's."""
    if match["user"] == "git" or match["top"].lower() in _NO_DOMAINS:
        return match[0]
    return "[email]"


def _card(match: re.Match[str], code: bool) -> str:  # noqa: ARG001, FBT001 one signature for all
    return "[card]" if is_card(match[0].replace(" ", "").replace("-", "")) else match[0]


_ISSUERS = re.compile(
    r"4\d{15} | 5[1-5]\d{14} | 2(?:2[2-9]|[3-6]\d|7[01])\d{13} | 2720\d{12} | 3[47]\d{13} | 6011\d{12} | 65\d{14}"
    r" | 64[4-9]\d{13} | 35(?:2[89]|[3-8]\d)\d{12} | 62\d{14} | 3(?:0[0-5]|[68]\d)\d{11}",
    re.VERBOSE,
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_card(digits: str) -> bool:
    """Whether it is a card's number: an issuer's range, its length, and Luhn's check digit (ISO/IEC 7812-1)."""
    if _ISSUERS.fullmatch(digits) is None or not digits.isascii():
        return False
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[number] for number in numbers[1::2])) % 10 == 0


def _rule(name: str, gate: str, exact: str, replace: Replace | None = None) -> ValueRule:
    return ValueRule(name, gate, re.compile(exact, re.VERBOSE), replace or _whole(name))


def value_rules() -> list[ValueRule]:
    """The built-in rules, in the order in which they are applied."""
    return [
        _rule(
            "private_key",
            r"-----BEGIN [A-Z ]*PRIVATE KEY",
            r"-----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?-----"
            r"[\s\S]*?(?:-----END\ [A-Z ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?-----|\Z)",
            _private_key,
        ),
        _rule(
            "jwt",
            r"eyJ[\w-]{6}",
            r"(?<![\w\-])eyJ(?:[\w\-]++(?:\.[\w\-]*+){1,4}|(?:hbGciOi|0eXAiOi|raWQiOi)[\w\-]*+)",
        ),
        _rule(
            "aws_key",
            r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{6}",
            r"(?<![A-Za-z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])",
        ),
        _rule(
            "google_key",
            r"AIza[\w-]{6}|ya29\.[\w-]{6}",
            r"(?<![\w\-])(?:AIza[\w\-]{35,}+|ya29\.[\w\-]{20,}+)",
        ),
        _rule(
            "git_token",
            r"gh[opsur]_[A-Za-z0-9]{6}|github_pat_|gl[a-z]{2,4}-[\w-]{6}",
            r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}+|github_pat_\w{22,}+"
            r"|gl(?:pat|dt|rt|cbt|ptt|oas)-[\w\-]{20,}+)",
        ),
        _rule(
            "slack_token",
            r"xox[a-z]-|xapp-|hooks\.slack\.com/",
            r"(?<![A-Za-z0-9])(?:xox[a-z](?:\.xox[a-z])?-[\w\-]{10,}+|xapp-[\w\-]{10,}+)"
            r"|(?<=hooks\.slack\.com/)[a-z]+/[\w/\-]{8,}+",
        ),
        _rule(
            "api_key",
            r"[prs]k_(?:live|test)_|whsec_|SG\.[\w-]{6}|npm_[A-Za-z0-9]{6}|pypi-[\w-]{6}|sk-[\w-]{6}",
            r"(?<![A-Za-z0-9])(?:[prs]k_(?:live|test)_\w{10,}+|whsec_[\w+/=]{16,}+|SG\.[\w\-]{16,}+\.[\w\-]{16,}+"
            r"|npm_[A-Za-z0-9]{36}|pypi-[\w\-]{50,}+|sk-(?=[\w\-]*\d)[\w\-]{32,}+)",
        ),
        _rule(
            "password",
            r"://[^\s/@]*:(?:[^\s/\[]|\[[^p])[^\s/]*@|://[^\s/@]*:[^\s/@]@",
            r"""(?<![\w+.\-])(?P<before>[A-Za-z][\w+.\-]*+://[^\s:/@"'<>]*+:)(?!\[password\]@)[^\s/"'<>]+@""",
            _url_password,
        ),
        _rule(
            "token",
            r"(?i)(?:bearer|basic)(?:\s|%20)+[\w.~+/-]{8}",
            r"(?<![\w\-])(?P<scheme>(?i:bearer|basic))(?:\s|%20){1,3}(?P<value>[\w.~+/\-]{8,}+=*+)",
            _bearer,
        ),
        _rule(
            "email",
            r"[^\s@](?:@|%40)[^\s@\x00]*\.[^\s@\d.]",
            r"(?<![\w.+\-])(?P<user>[\w.+\-]++)(?:@|%40)(?:[\w\-]++\.)+(?P<top>[^\W\d_]{2,24})(?![\w])",
            _email,
        ),
        _rule(
            "card",
            r"\d{4}(?:[ -]?\d{4}){2}[ -]?\d{2}|3\d{3}[ -]\d{6}[ -]\d{4}",
            r"(?<![\w.\-])(?:\d{4}(?P<sep>[ \-])\d{4}(?P=sep)\d{4}(?P=sep)\d{4}"
            r"|3\d{3}(?P<sep2>[ \-])\d{6}(?P=sep2)\d{4,5}|\d{15,16})"
            r"(?![\w\-]|\.\d)",
            _card,
        ),
    ]
