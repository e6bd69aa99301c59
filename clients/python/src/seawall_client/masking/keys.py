"""Whether the value under a name is a secret."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Keys"]

_MAX_KNOWN = 5_000
_MAX_KEY = 200
# The name's words in lower case, joined. The first rule that matches counts.
_RULES = (
    (
        "password",
        r"passw|passphrase|passcode|pwd$|kennwort|contrase|motdepasse|^pass$|(?:db|user|admin|root|mail)pass$",
    ),
    ("api_key", r"apikey|apitoken"),
    ("private_key", r"privatekey|sshkey"),
    ("csrf", r"csrf|xsrf"),
    ("cookie", r"cookies?$"),
    ("session", r"sess(?:ion)?(?:id|key|token)$|^sid$"),
    ("secret", r"secrets?$|secretkey|seedphrase|mnemonic"),
    ("credentials", r"credentials?$|^creds$"),
    ("authorization", r"authorization$|^auth$|authcode$|authenticat(?:e|ion)$"),
    ("otp", r"^t?otp$|onetimecode|verificationcode|^mfacode$|otpcode$"),
    ("token", r"tokens?$|^jwt$|bearer$"),
    ("key", r"(?:access|account|client|encryption|encrypt|hash|hmac|master|secret|shared|signing|webhook|license)key$"),
    ("card", r"^cvv2?$|^cvc2?$|securitycode|cardnumber|^ccnumber|creditcard$|^pan$"),
    ("national_id", r"^ssn$|socialsecurity(?:number)?$|passportnumber|taxid$"),
    ("iban", r"^iban$|bankaccount(?:number)?$"),
    ("ip", r"forwardedfor$|^forwarded$|realip$|clientip$|connectingip$|remoteaddr$"),
)
_SECRET = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _RULES))
# Names about a secret, not of one; and numbers that are called tokens.
_ABOUT = re.compile(
    r"(?:type|types|length|len|count|limit|url|uri|path|file|name|policy|expiry|expires|expiresin|expired|expiration|at"
    r"|age|valid|invalid|enabled|required|strength|error|status|format|version|attempts|ttl|timeout|hint)$"
    r"|^(?:is|has|needs|requires?|use|max|min|num|total|prompt|completion|input|output|usage)(?=.)"
)
_NO_LETTER = re.compile(r"[^a-z0-9]+")


class Keys:
    """The names of secrets: ours, and more that a user names. What is decided once is remembered."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        """`more` are names; case and separators do not count."""
        self._more = frozenset(_joined(name) for name in more)
        self._known: dict[str, str | None] = {}

    def more(self) -> frozenset[str]:
        """The user's names, joined and in lower case."""
        return self._more

    def rule(self, key: str) -> str | None:
        """The name of the rule that masks the values under `key`."""
        try:
            return self._known[key]
        except KeyError:
            pass
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        made = self._known[key] = self._decide(key[-_MAX_KEY:])
        return made

    def _decide(self, key: str) -> str | None:
        name = _joined(key)
        if name in self._more:
            return "key"
        last = _joined(key.rpartition(".")[2]) or name  # of `db.password` the last part
        if last in self._more:
            return "key"
        found = _SECRET.search(last)
        if found is None or _ABOUT.search(last):
            return None
        return found.lastgroup


def _joined(key: str) -> str:
    return _NO_LETTER.sub("", key.lower())
