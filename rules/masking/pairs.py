"""Secrets told by the key before them in free text: `password=…`, `"token": "…"`, `--api-key …`, `Cookie: …`.

The exact patterns begin where no word goes on and take runs possessively: hostile text is walked once. What is
possessive is a single set of characters, never a group: Python before 3.11.5 gets those wrong (cpython#106052).
"""

import re

from rules.masking.keys import PLACEHOLDER, key_rule

__all__ = ["COOKIE_GATE", "FLAG_GATE", "PAIR_GATE", "mask_cookies", "mask_flags", "mask_pairs"]

_NEEDLES = (
    r"passw|passphrase|pwd|secret|token|auth|credential|creds|otp|cvv|cvc|csrf|xsrf|sessid|sessionid|cookie"
    r"|(?:api|private|access|account|auth|encryption|master|session|shared|signing|ssh)[_.\- ]?key"
)
_VALUE = re.compile(  # the last group is the text inside the quotes
    r"""
      \\++"(?P<escaped2>[^"\\\n]*+(?:\\+(?!["\\])[^"\\\n]*+)*)  # JSON inside a string
    | \\++'(?P<escaped1>[^'\\\n]*+(?:\\+(?!['\\])[^'\\\n]*+)*)
    | [bruf]{0,2}"(?P<quoted2>[^"\\\n]*+(?:\\.[^"\\\n]*+)*)
    | [bruf]{0,2}'(?P<quoted1>[^'\\\n]*+(?:\\.[^'\\\n]*+)*)
    | \[[a-z_]{3,20}\]                                          # masked already
    | (?P<bare>(?:(?:bearer|basic|digest|token|negotiate|apikey)[ ]+)?[^\s,;&"'<>]++)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _pair_pattern(between: str) -> re.Pattern[str]:
    """A key and what stands between it and its value."""
    return re.compile(
        r"(?<![\w.\-])(?P<key>(?:(?:api|private|access|account|secret|signing)[ ])?[\w.\-]++\]?)"
        rf"""(?P<sep>\\*+["']?[ \t]{{0,3}}(?:{between})[ \t]{{0,3}}(?:[\[(](?=\\*["']))?)""",
        re.VERBOSE | re.IGNORECASE,
    )


PAIR_GATE = (
    rf"(?i)(?:{_NEEDLES})[\w.\-]*\]?[\\\"']*[ \t]*[=:][=:>]?[ \t]*"
    r"(?:[\[(][\\\"']+|[\\\"']*)(?:[^\[\s\\\"']|\[[^a-z])"  # anything but our own placeholder
)
_PAIR = _pair_pattern("=>|:=|==?|:(?!:|//)")
_CODE_PAIR = _pair_pattern(r":[ \t]?[\w.|\[\] ]{1,40}=|=>|:=|==?|:(?!:|//)")  # `password: str = "…"` too
FLAG_GATE = rf"(?i)--[\w\-]*(?:{_NEEDLES})"
_FLAG = re.compile(
    rf"""(?<![\w.\-])(?P<key>--[\w\-]{{0,60}}?(?:{_NEEDLES})[\w\-]{{0,60}}+)
    (?P<sep>[ ]|["'],[ ]?["'])(?P<value>[^\s"',\-][^\s"',]*+)""",
    re.VERBOSE | re.IGNORECASE,
)
COOKIE_GATE = r"(?i)cookie[\"'\\]*[ \t]*[:=][ \t]*[\"'\\]*[^\[\s\"'\\]"
_COOKIE = re.compile(
    r"""(?<!\w)(?P<head>(?:set-)?cookie\\*+["']?[ \t]{0,3}[:=][ \t]{0,3}(?:\\*+["'])?)(?P<value>[^\r\n"'\\]++)""",
    re.IGNORECASE,
)

# After `password: ` or `token: ` these go on a sentence.
_PROSE_WORDS = (
    "a an and any are be bool but bytes can cannot contains does empty error expected expired fail failed field"
    " for from has have in incorrect int invalid is it length list lookup may malformed mismatch missing must no"
    " none not null object of ok optional or please required revoked should str string the this to too true false"
    " undefined unexpected unknown was were will wrong you your"
)
_PROSE = frozenset(_PROSE_WORDS.split())
_EXPRESSION = re.compile(r"[A-Za-z_$][\w$.]*(?:[(\[{].*)?[)\]},:]*|[({\[].*|\d+|0x[0-9a-f]+", re.IGNORECASE)
_CALL = re.compile(r"(?:self|this|os|settings|config|request)\.\w.*|[A-Za-z_$][\w$.]*\(.*")
_NOTHING = frozenset({"none", "null", "nil", "undefined", "true", "false"})
_NAMED = frozenset(
    {"authorization", "cookie", "csrf", "otp", "session", "token"}
)  # what programs name other things by, too
_CLOSERS = "\\)]}.:"
_MIN_TOKEN = 6  # characters
_MIN_LITERAL = 8
_SHORT = 3  # what is neither letter nor digit and so short is punctuation


def mask_pairs(text: str, code: bool, found: dict[str, int]) -> str:  # noqa: FBT001 positional like all rules' functions
    """`text` without the values of secret keys; what was masked goes into `found`, by rule, with its length."""
    pattern = _CODE_PAIR if code else _PAIR
    pieces: list[str] = []
    done = 0
    pair = pattern.search(text)
    while pair is not None:
        rule = key_rule(pair["key"])
        span = None if rule is None else _secret_span(text, pair, rule, code)
        if rule is None or span is None:
            pair = pattern.search(text, pair.end("key"))
            continue
        start, end = span
        found.setdefault(rule, end - start)
        pieces += text[done:start], f"[{rule}]"
        done = end
        pair = pattern.search(text, end)
    return "".join(pieces) + text[done:] if pieces else text


def _secret_span(text: str, pair: re.Match[str], rule: str, code: bool) -> tuple[int, int] | None:  # noqa: FBT001 as above
    """Where the pair's value lies in `text`, if it is one to hide."""
    value = _VALUE.match(text, pair.end())
    if value is None or value.lastgroup is None:
        return None
    start, end = value.span(value.lastgroup)
    if value.lastgroup == "bare":
        end = start + len(text[start:end].rstrip(_CLOSERS))
        secret = _bare_secret(text[start:end], rule, pair["sep"], code)
    else:
        secret = not code or rule not in _NAMED or _looks_random(text[start:end])
    return (start, end) if secret and start < end and not PLACEHOLDER.fullmatch(text, start, end) else None


def _bare_secret(value: str, rule: str, sep: str, code: bool) -> bool:  # noqa: FBT001 as above
    """Whether a value without quotes is a secret, and not a part of a sentence or of a program."""
    if value.lower() in _NOTHING or (len(value) <= _SHORT and not any(char.isalnum() for char in value)):
        return False
    if code:
        return _EXPRESSION.fullmatch(value) is None
    if sep == " = " and _CALL.fullmatch(value):  # a line of a program, in a stack trace
        return False
    if sep == "=" and rule == "password" and value.startswith("/"):  # PWD=/srv/app
        return False
    return not (":" in sep and sep.endswith((" ", "\t")) and sep[0] not in "\\\"'" and _is_prose(value, rule))


def _is_prose(value: str, rule: str) -> bool:
    """Whether what follows `token: ` goes on a sentence."""
    if value.lower() in _PROSE:
        return True
    return rule not in {"password", "secret"} and (len(value) < _MIN_TOKEN or (value.isalpha() and value.islower()))


def _looks_random(value: str) -> bool:
    """Whether a literal of a program may be a token, and is not a name such as `"link_open"` or `">"`."""
    return len(value) >= _MIN_LITERAL and any(char.isdigit() for char in value)


def mask_flags(text: str, code: bool, found: dict[str, int]) -> str:  # noqa: ARG001, FBT001 as above
    """`text` without the values of secret command-line options."""

    def one(match: re.Match[str]) -> str:
        rule = key_rule(match["key"])
        if rule is None or PLACEHOLDER.fullmatch(match["value"]):
            return match[0]
        found.setdefault(rule, len(match["value"]))
        return f"{match['key']}{match['sep']}[{rule}]"

    return _FLAG.sub(one, text)


def mask_cookies(text: str, code: bool, found: dict[str, int]) -> str:  # noqa: FBT001 as above
    """`text` without what follows `Cookie:` on its line."""

    def one(match: re.Match[str]) -> str:
        value = match["value"].rstrip()
        if code or PLACEHOLDER.fullmatch(value) or "=" not in value:
            return match[0]
        found.setdefault("cookie", len(value))
        return f"{match['head']}[cookie]"

    return _COOKIE.sub(one, text)
