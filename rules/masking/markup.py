"""Secrets told by a name beside them in markup: XML elements, attributes, multipart forms, lists of pairs."""

import re

from rules.masking.keys import key_rule
from rules.masking.pairs import NEEDLES
from rules.masking.turn import Turn

__all__ = ["MARKUP_GATE", "mask_markup"]

_PERSONAL = r"phone|mobile|ssn|iban|imei|passport|taxid|insurance|cardnumber|nationalid"

MARKUP_GATE = (
    rf"(?i:<[\w.:\-]*(?:{NEEDLES}|{_PERSONAL})[\w.:\-]*(?:[ \t\r\n][^<>\x00]*)?>[^<\s\x00]"
    rf"|<[\w.:\-]*(?:{NEEDLES})[\w.:\-]*>[ \t]*<!\[CDATA"
    rf"|(?:name|key|field|header)[\\\"']*[ \t]*[=:][ \t]*[\\\"']+"
    rf"[\w.\-\[\]]*(?:{NEEDLES}|{_PERSONAL})[\w.\-\[\]]*[\\\"']"
    rf"|[\[(][\\]*[\"'][\w.\-]*(?:{NEEDLES}|{_PERSONAL})[\w.\-]*[\\]*[\"'],[ ]?[bu]?[\\]*[\"'][^\\\"'\x00])"
)
_LINE_END = r"(?:\r?\n|\\r\\n|\\n)"
_NAME = r"(?P<key>[\w.\-\[\]]{1,100}+)"
_PATTERNS = (
    re.compile(  # <ns:Password type="string">…</ns:Password>
        r"<(?:[\w.\-]{1,60}:)?(?P<key>[\w.\-]{1,100}+)(?:\s[^<>]{0,300})?>\s{0,20}(?:<!\[CDATA\[)?(?P<secret>[^<\]]++)"
    ),
    re.compile(  # <add key="Password" value="…"/>, {"name": "password", "value": "…"}
        rf"""(?i)(?<![A-Za-z])(?:name|key|field|header)\\*+["']?[ \t]?[=:][ \t]?\\*+["']{_NAME}\\*+["'],?\s{{1,10}}
          \\*+["']?(?:value|content|data)\\*+["']?[ \t]?[=:][ \t]?\\*+["'](?P<secret>[^"'\\\r\n]++)""",
        re.VERBOSE,
    ),
    re.compile(  # Content-Disposition: form-data; name="password"
        rf"""(?i)(?<![A-Za-z])name=\\*+"{_NAME}\\*+"(?:;[^\r\n\\]{{0,200}})?{_LINE_END}(?:[\w\-]{{1,60}}:[^\r\n\\]{{0,200}}{_LINE_END}){{0,3}}
          {_LINE_END}(?P<secret>[^\r\n\\]++)""",
        re.VERBOSE,
    ),
    re.compile(  # ["Authorization", "Bearer …"], (b'password', b'…')
        rf"""[\[(][bu]?\\*+["']{_NAME}\\*+["'],[ ]?[bu]?\\*+["'](?P<secret>[^"'\\\r\n]++)"""
    ),
)


def mask_markup(text: str, turn: Turn) -> str:
    """`text` without what is named a secret by the markup around it."""
    if turn.code:
        return text
    for pattern in _PATTERNS:
        text = _masked(pattern, text, turn)
    return text


def _masked(pattern: re.Pattern[str], text: str, turn: Turn) -> str:
    pieces: list[str] = []
    done = 0
    for match in pattern.finditer(text):
        rule = key_rule(match["key"])
        secret = match["secret"].strip()
        if rule is None or not secret or (rule.check is not None and not rule.check(secret)):
            continue
        made = turn.put(rule.name, secret)
        if made != secret:
            start = text.index(secret, match.start("secret"))
            pieces += text[done:start], made
            done = start + len(secret)
    return "".join(pieces) + text[done:] if pieces else text
