"""Whether the value under a key is a secret, told by the key's words, in any case and with any separators."""

import re
from collections.abc import Callable
from typing import NamedTuple

from rules.masking.named import PERSONAL, looks_random

__all__ = ["KeyRule", "key_rule"]


class KeyRule(NamedTuple):
    """The rule for the values under a key. `check` says which of them, where it is not all."""

    name: str
    check: Callable[[str], bool] | None = None


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# `token_type`, `password_length`: words about a secret, not the secret.
_ABOUT_WORDS = (
    "age at attempts count domain enabled endpoint error errors expiration expired expires expiry field file format"
    " in invalid issuer len length limit manager max method min mode model name path policy present prompt provider"
    " required reset scheme size state status strength timeout ttl type uri url valid version"
)
_ABOUT = frozenset(_ABOUT_WORDS.split())
_ASKING = frozenset({"allow", "forgot", "has", "is", "needs", "require", "requires", "use", "uses", "valid"})
_KEY_WORDS = (
    "access account app application auth client consumer crypto decryption deploy encryption functions hmac integration"
    " license master product secret service session shared signing ssh storage subscription webhook"
)
_KEYS = tuple(f"{word}key" for word in _KEY_WORDS.split())
_SESSION_COOKIES = (
    *(
        "phpsessid",
        "jsessionid",
        "aspsessionid",
        "aspnetsessionid",
        "connectsid",
        "laravelsession",
        "ciSession".lower(),
    ),
    *("cfduid", "hostsession", "securesession", "sessioncookie", "rackssession", "racksession", "playsession"),
)
_SESSION_IDS = frozenset({"sessionid", "sid", "sessid", "sessionkeyid", "websessionid", "usersessionid"})
_MARKS = re.compile(r"[^A-Za-z]")
_PART_OF_NAME = frozenset({"", "data", "hash", "key", "plain", "raw", "string", "text", "value"})
_BY_PART = {
    "passw": "password",
    "passphrase": "password",
    "passcode": "password",
    "kennwort": "password",
    "contrasena": "password",
    "contrasea": "password",  # contraseña
    "motdepasse": "password",
    "wachtwoord": "password",
    "senha": "password",
    "apikey": "api_key",
    "privatekey": "private_key",
    "csrf": "csrf",
    "xsrf": "csrf",
    "requestverificationtoken": "csrf",
    "authenticitytoken": "csrf",
    "secretkey": "secret",
    "seedphrase": "secret",
    "mnemonicphrase": "secret",
    "recoveryphrase": "secret",
    "recoverycode": "secret",
    "backupcode": "secret",
    "authcode": "authorization",
    "verificationcode": "otp",
    "onetimecode": "otp",
    "mfacode": "otp",
    "twofactorcode": "otp",
    "securitycode": "card",
}
_BY_ENDING = {"pwd": "password", "token": "token", "secret": "secret"}
_BY_WORD = {
    "auth": "authorization",
    "authorization": "authorization",
    "pwd": "password",
    "secret": "secret",
    "secrets": "secret",
    "credential": "credentials",
    "credentials": "credentials",
    "creds": "credentials",
    "otp": "otp",
    "totp": "otp",
    "token": "token",
    "jwt": "token",
    "cvv": "card",
    "cvc": "card",
    "cookie": "cookie",
    "cookies": "cookie",
}
_TOKENS_OF = frozenset({"access", "api", "auth", "bearer", "refresh", "session"})  # `max_tokens` are no secret
_OWNERS = (
    "admin auth basic db ftp http imap ldap mail mongo my mysql pg postgres proxy rabbitmq redis root smtp sql ssh user"
)
_PASS_OF = frozenset(_OWNERS.split())  # a `boarding_pass` is no secret

_known: dict[str, KeyRule | None] = {}
_MAX_KNOWN = 20_000
_MAX_KEY = 200


def key_rule(key: str) -> KeyRule | None:
    """The rule that masks the value under `key`, or None."""
    try:
        return _known[key]
    except KeyError:
        pass
    if len(_known) >= _MAX_KNOWN:  # keys are the producer's to choose
        _known.clear()
    rule = _known[key] = _decide(key[:_MAX_KEY])
    return rule


def _decide(key: str) -> KeyRule | None:
    """Of a dotted key the last part decides: `token.type` is an attribute of a token, `db.password` a password."""
    last = key.rpartition(".")[2]
    if any(_MARKS.sub("", one).lower().startswith(_SESSION_COOKIES) for one in (key, last)):
        return KeyRule("session")
    if last.strip("-_[]").lower() not in _PART_OF_NAME:
        key = last
    words = [word.lower() for word in _WORDS.findall(key)]
    if not words:
        return None
    together = "".join(words)
    if together in _SESSION_IDS or words[-2:] == ["session", "id"]:
        return KeyRule("session_id", looks_random)
    if words[0] in _ASKING or words[-1] in _ABOUT or "public" in words:  # .NET's `PublicKeyToken`
        return None
    personal = _personal(words)
    if personal is not None or (words[-1] == "id" and "secret" not in words):
        return personal
    name = _by_spelling(words, together) or _by_word(words)
    return KeyRule(name) if name else None


def _personal(words: list[str]) -> KeyRule | None:
    """By the last two words, or the last one: `customerPhone`, `tax_id`, `phone_number`."""
    for count in (3, 2, 1):
        known = PERSONAL.get("".join(words[-count:])) if count <= len(words) else None
        if known is not None:
            return KeyRule(*known)
    return None


def _by_spelling(words: list[str], together: str) -> str | None:
    """What is often written as one word, such as `dbpassword`."""
    for part, rule in _BY_PART.items():
        if part in together:
            return rule
    for ending, rule in _BY_ENDING.items():
        if words[-1].endswith(ending):
            return rule
    if words[-1] in {"pass", "pw"} and (len(words) == 1 or _PASS_OF.intersection(words[:-1])):
        return "password"
    return "key" if together.endswith(_KEYS) else None


def _by_word(words: list[str]) -> str | None:
    if words[-1] == "tokens":
        return "token" if _TOKENS_OF.intersection(words) else None
    for word in words:
        rule = _BY_WORD.get(word)
        if rule is not None and (word != "auth" or word == words[-1]):  # `auth_user` is a name
            return rule
    return None
