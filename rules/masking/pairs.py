"""Secrets told by the key before them in free text: `password=…`, `"token": "…"`, `--api-key …`."""

import re

import re2

from rules.masking.engine import encodable
from rules.masking.keys import KeyRule, key_rule
from rules.masking.named import PERSONAL_HINT
from rules.masking.turn import Turn

__all__ = ["FLAG_GATE", "NEEDLES", "PAIR_GATE", "mask_flags", "mask_pairs"]

NEEDLES = (
    r"passw|passphrase|passcode|pwd|kennwort|contrase|motdepasse|wachtwoord|senha|secret|token|auth|credential|creds"
    r"|otp|jwt|cvv|cvc|csrf|xsrf|sessi|sess_id|(?:\b|\\[nrt])sid\b|cookie|seed_?phrase|mnemonic|recovery|backup_?code|_?code\b"
    r"|(?:db|user|smtp|mysql|pg|ftp|mail|ldap|proxy|root|admin|redis)_?pass|(?:\b|\\[nrt])pass\b"
    r"|(?:api|private|access|account|app|application|auth|client|consumer|crypto|decryption|deploy|encryption|functions"
    r"|hmac|integration|license|master|product|secret|service|session|shared|signing|ssh|storage|subscription|webhook)"
    r"[_.\- ]?key"
)
_VALUE = re.compile(  # the last group is the text inside the quotes
    r"""
      \\++"(?P<escaped2>[^"\\\n]*+(?:\\+(?!["\\])[^"\\\n]*+)*)  # JSON inside a string
    | \\++'(?P<escaped1>[^'\\\n]*+(?:\\+(?!['\\])[^'\\\n]*+)*)
    | [bruf]{0,2}"(?P<quoted2>[^"\\\n]*+(?:\\.[^"\\\n]*+)*)
    | [bruf]{0,2}'(?P<quoted1>[^'\\\n]*+(?:\\.[^'\\\n]*+)*)
    | \{(?P<braced>[^{}\n"']{1,200}+)\}(?=;)                    # ODBC
    | \[[a-z_]{3,20}(?::[0-9a-f]{16})?\](?![^\s,;&"'<>)\]}.\\])  # masked already
    | (?P<bare>(?:(?:bearer|basic|digest|token|negotiate|ntlm|apikey|key|bot|splunk|ssws|geniekey|dpop|hawk)[ ]+)?
        [^\s\0,;&"'<>]++)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIRST_WORDS = (
    "api|private|access|account|secret|signing|phone|mobile|telephone|fax|card|passport|tax|national|security|insurance"
    "|session|verification|recovery|license|licence"
)


def _pair_pattern(between: str) -> re.Pattern[str]:
    """A key and what stands between it and its value."""
    return re.compile(
        rf"(?<![\w.\-])(?P<key>(?:(?:{_FIRST_WORDS})[ ])?[\w.\-]++\]?)"
        rf"""(?P<sep>\\*+["']?[ \t]{{0,3}}(?:{between})[ \t]{{0,3}}(?:[\[(](?=\\*["']))?)""",
        re.VERBOSE | re.IGNORECASE,
    )


_BEFORE_VALUE = r"[\w.\-]*\]?[\\\"']*[ \t]*[=:%]"
PAIR_GATE = rf"(?i:(?:{NEEDLES})[\w.\-]*\]?[\\\"']*[ \t]*[=:%][=:>3]?[ \t]*(?:[\[(][\\\"']+|[\\\"']*)[^\s\\\"'\x00])"
_PAIR = _pair_pattern("=>|:=|==?|%3D|:(?!:|//)")
_CODE_PAIR = _pair_pattern(r":[ \t]?[\w.|\[\] ]{1,40}=|=>|:=|==?|:(?!:|//)")  # `password: str = "…"` too
_HINT = re2.compile(rf"(?i:(?:{NEEDLES}){_BEFORE_VALUE}|{PERSONAL_HINT})")
FLAG_GATE = rf"(?i:--?[\w\-]*(?:{NEEDLES})[\w\-]*(?:[ ]|\\*[\"'],))"
_FLAG = re.compile(
    rf"""(?<![\w.\-])(?P<key>--?(?=[\w\-]{{0,60}}?(?:{NEEDLES}))[\w\-]{{1,120}}+)
    (?P<sep>[ ]+|(?P<escaped>\\++)?["'],[ ]?\\*+["'])
    (?P<value>"[^"\n]++"|'[^'\n]++'|(?(escaped)[^\s"',\-\\][^\s"',\\]*+|[^\s"',\-][^\s"',]*+))""",
    re.VERBOSE | re.IGNORECASE,
)
_CONNECTION_REST = re.compile(r"[^;\n\"'=]{1,100}(?=;[ ]?[A-Za-z ]{0,30}(?:=|$))")  # `Password=my pass;Database=…`
_SPACED_NUMBER = re.compile(r"[+(]?\d(?:[ ./()\-]{0,2}\d){3,20}[A-Za-z]?(?!\w)")

# After `password: ` or `token: ` these go on a sentence.
_PROSE_WORDS = (
    "a an and any are authentication be blank bool but bytes can cannot changed check contains denied disabled does"
    " empty error expected expired fail failed field for from given has have in incorrect int invalid is it length list"
    " lookup malformed mandatory may mismatch missing must needs no none not null object of ok optional or please"
    " provided rejected required reset revoked should str string supplied the this to too true unbound undefined"
    " unexpected unknown unset unsupported validation verification was weak were will wrong you your false"
)
_PROSE = frozenset(_PROSE_WORDS.split())
_EXPRESSION = re.compile(r"[A-Za-z_$][\w$.]*(?:[(\[{].*)?[)\]},:]*|[({\[].*|\d+|0x[0-9a-f]+", re.IGNORECASE)
_CALL = re.compile(r"(?:self|this|os|settings|config|request)\.\w.*|[A-Za-z_$][\w$.]*\(.*")
_WORD_OF_CODE = frozenset({"async", "await", "function", "lambda", "new", "yield"})
_SYMBOL = re.compile(r"[A-Z][A-Z_]{3,}")  # what a lexer calls a token
_NOTHING = frozenset({"none", "null", "nil", "undefined", "true", "false"})
_NAMED = frozenset({"authorization", "cookie", "csrf", "otp", "session", "token"})  # what programs name other things by
_CLOSERS = "\\)]}.:"
_ESCAPED = ("n", "r", "t")
_MIN_TOKEN = 6  # characters
_MIN_LITERAL = 8
_MAX_KEY = 200
_SHORT = 3  # what is neither letter nor digit and so short is punctuation


def mask_pairs(text: str, turn: Turn) -> str:
    """`text` without the values of secret keys."""
    pattern = _CODE_PAIR if turn.code else _PAIR
    pieces: list[str] = []
    done = 0
    for hint in _HINT.finditer(encodable(text)):
        at = hint.start()
        start = _key_start(text, at + 1 if text[at] == "\\" else at, done)
        pair = None if start is None else pattern.match(text, start)
        if pair is None:
            continue
        rule = None if pair["key"].lower() in turn.safe_keys else _rule_of(text, pair)
        span = None if rule is None else _secret_span(text, pair, rule, turn.code)
        if rule is not None and span is not None:
            start, end = span
            made = turn.put(rule.name, text[start:end])
            if made != text[start:end]:
                pieces += text[done:start], made
                done = end
    return "".join(pieces) + text[done:] if pieces else text


def _key_start(text: str, at: int, done: int) -> int | None:
    """Where the key begins that goes on at `at`; None where that was masked already."""
    if at < done:
        return None
    least = max(done, at - _MAX_KEY)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "_.-"):
        at -= 1
    return at


def _rule_of(text: str, pair: re.Match[str]) -> KeyRule | None:
    r"""The rule of the key, which may stand right behind an escape: `\npassword=…` within JSON."""
    key, start = pair["key"], pair.start()
    rule = key_rule(key)
    if rule is None and start and text[start - 1] == "\\" and key.startswith(_ESCAPED):
        rule = key_rule(key[1:])
    return rule


def _secret_span(text: str, pair: re.Match[str], rule: KeyRule, code: bool) -> tuple[int, int] | None:  # noqa: FBT001 for every hit
    """Where the pair's value lies in `text`, if it is one to hide."""
    value = _VALUE.match(text, pair.end())
    if value is None or value.lastgroup is None:
        return None
    start, end = value.span(value.lastgroup)
    if rule.check is not None:
        return _checked_span(text, start, end, rule)
    if value.lastgroup == "bare":
        end = start + len(text[start:end].rstrip(_CLOSERS))
        secret = _bare_secret(text[start:end], rule.name, pair["sep"], code)
        if secret and rule.name == "password" and pair["sep"] == "=":
            rest = _CONNECTION_REST.match(text, end)
            end = rest.end() if rest else end
    else:
        secret = not code or rule.name not in _NAMED or _looks_random(text[start:end])
    return (start, end) if secret and start < end else None


def _checked_span(text: str, start: int, end: int, rule: KeyRule) -> tuple[int, int] | None:
    """The value, or the number with spaces in it that begins there, whichever is what the key promises."""
    assert rule.check is not None
    number = _SPACED_NUMBER.match(text, start)
    value = text[start:end]
    ends = [start + len(one) for one in (value, value.rstrip(_CLOSERS), value.partition("\\")[0])]
    if number is not None:
        ends.insert(0, number.end())
    return next(((start, one) for one in ends if start < one and rule.check(text[start:one])), None)


def _bare_secret(value: str, rule: str, sep: str, code: bool) -> bool:  # noqa: FBT001 as above
    """Whether a value without quotes is a secret, and not a part of a sentence or of a program."""
    if value.lower() in _NOTHING or (len(value) <= _SHORT and not any(char.isalnum() for char in value)):
        return False
    if code:
        return _EXPRESSION.fullmatch(value) is None
    if sep == " = " and (value in _WORD_OF_CODE or _CALL.fullmatch(value)):  # a line of a program, in a stack trace
        return False
    if rule == "token" and _SYMBOL.fullmatch(value):
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


def mask_flags(text: str, turn: Turn) -> str:
    """`text` without the values of secret command-line options."""

    def one(match: re.Match[str]) -> str:
        rule = key_rule(match["key"])
        if rule is None or rule.check is not None:
            return match[0]
        value = match["value"]
        quote = value[0] if value[0] in "\"'" else ""
        made = turn.put(rule.name, value.strip(quote) if quote else value)
        return f"{match['key']}{match['sep']}{quote}{made}{quote}"

    return _FLAG.sub(one, text)
