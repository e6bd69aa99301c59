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
        r"passw|passphrase|passcode|pwd$|^pw$|kennwort|contrase|motdepasse|^pass$|(?:db|user|admin|root|mail)pass$",
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
    ("token", r"tokens?$|^jwt$|bearer$|^sig$|(?:amz|goog)signature$"),
    ("key", r"(?:access|account|client|encryption|encrypt|hash|hmac|master|secret|shared|signing|webhook|license)key$"),
    ("card", r"^cvv2?$|^cvc2?$|securitycode|cardnumber|^ccnumber|creditcard$|^pan$"),
    ("national_id", r"^ssn$|socialsecurity(?:number)?$|passportnumber|taxid$"),
    ("iban", r"^iban$|bankaccount(?:number)?$"),
    ("ip", r"forwardedfor$|^forwarded$|realip$|clientip$|connectingip$|remoteaddr$"),
)
_SECRET = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _RULES))
# Words about a secret, and numbers that are called tokens: `token_type`, `has_password`, `max_tokens`.
_ABOUT_WORDS = (
    "age at attempts count enabled endpoint error expired expires expiry field file format hint in invalid len length"
    " limit name path policy required size state status strength timeout ttl type types uri url valid version"
)
_ASKING_WORDS = "has is max min needs num prompt completion input output require requires total usage use"
_ABOUT = frozenset(_ABOUT_WORDS.split())
_ASKING = frozenset(_ASKING_WORDS.split())
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


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
        """Of a dotted key the last part decides: `db.password` is a password."""
        words = [word.lower() for word in _WORDS.findall(key.rpartition(".")[2] or key)]
        if not words:
            return None
        name = "".join(words)
        if name in self._more or _joined(key) in self._more:
            return "key"
        found = _SECRET.search(name)
        if found is None or words[0] in _ASKING or words[-1] in _ABOUT:
            return None
        return found.lastgroup


_NO_LETTER = re.compile(r"[^a-z0-9]+")


def _joined(key: str) -> str:
    return _NO_LETTER.sub("", key.lower())
