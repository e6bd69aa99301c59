"""Whether the value under a key is a secret, told by the key's words, in any case and with any separators."""

import re

__all__ = ["PLACEHOLDER", "key_rule"]

PLACEHOLDER = re.compile(r"\[[a-z_]{3,20}\]")

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# `token_type`, `password_length`: words about a secret, not the secret.
_ABOUT_WORDS = (
    "age at attempts count domain enabled endpoint error errors expiration expired expires expiry field file format"
    " in invalid issuer len length limit method mode name path policy present provider required reset scheme size state"
    " status strength ttl type uri url valid version"
)
_ABOUT = frozenset(_ABOUT_WORDS.split())
_ASKING = frozenset({"allow", "has", "is", "needs", "require", "requires", "use", "uses", "valid"})
_KEYS = (
    *("accesskey", "accountkey", "authkey", "encryptionkey", "masterkey"),
    *("secretkey", "sessionkey", "sharedkey", "signingkey", "sshkey"),
)
_SESSION_COOKIES = ("phpsessid", "jsessionid", "aspsessionid", "aspnetsessionid", "connectsid")
_PART_OF_NAME = frozenset({"", "data", "hash", "key", "plain", "raw", "string", "text", "value"})
_BY_PART = {
    "passw": "password",
    "passphrase": "password",
    "apikey": "api_key",
    "privatekey": "private_key",
    "csrf": "csrf",
    "xsrf": "csrf",
    "secretkey": "secret",
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
    "cvv": "card",
    "cvc": "card",
    "cookie": "cookie",
    "cookies": "cookie",
}
_TOKENS_OF = frozenset({"access", "api", "auth", "bearer", "refresh", "session"})  # `max_tokens` are no secret

_known: dict[str, str | None] = {}
_MAX_KNOWN = 20_000
_MAX_KEY = 200


def key_rule(key: str) -> str | None:
    """The rule that masks the value under `key`, or None."""
    try:
        return _known[key]
    except KeyError:
        pass
    if len(_known) >= _MAX_KNOWN:  # keys are the producer's to choose
        _known.clear()
    rule = _known[key] = _decide(key[:_MAX_KEY])
    return rule


def _decide(key: str) -> str | None:
    """Of a dotted key the last part decides: `token.type` is an attribute of a token, `db.password` a password."""
    last = key.rpartition(".")[2]
    if last.strip("-_[]").lower() not in _PART_OF_NAME:
        key = last
    words = [word.lower() for word in _WORDS.findall(key)]
    if not words:
        return None
    together = "".join(words)
    if together.startswith(_SESSION_COOKIES):
        return "session"
    if words[0] in _ASKING or words[-1] in _ABOUT or "public" in words:  # .NET's `PublicKeyToken`
        return None
    if words[-1] == "id" and "secret" not in words:
        return None
    return _by_spelling(words, together) or _by_word(words)


def _by_spelling(words: list[str], together: str) -> str | None:
    """What is often written as one word, such as `dbpassword`."""
    for part, rule in _BY_PART.items():
        if part in together:
            return rule
    for ending, rule in _BY_ENDING.items():
        if words[-1].endswith(ending):
            return rule
    return "key" if together.endswith(_KEYS) else None


def _by_word(words: list[str]) -> str | None:
    if words[-1] == "tokens":
        return "token" if _TOKENS_OF.intersection(words) else None
    for word in words:
        rule = _BY_WORD.get(word)
        if rule is not None and (word != "auth" or word == words[-1]):  # `auth_user` is a name
            return rule
    return None
