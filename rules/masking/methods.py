"""What takes a secret's place: the rule's name, stars, a keyed hash, or nothing."""

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Literal, NamedTuple

__all__ = ["Method", "Methods", "Way"]

Way = Literal["replace", "mask", "hash", "remove"]

_MAX_KEY = 64  # bytes that BLAKE2b takes
_HASH_BYTES = 8
# What producers write when they have masked by themselves: `[Filtered]` is Sentry's, `[REDACTED]` Rails' and Go's.
_THEIRS = r"\[(?:Filtered|FILTERED|REDACTED|redacted|scrubbed)\]|<redacted>|\*{3,}|x{6,}|X{6,}|\[object Object\]"


class Method(NamedTuple):
    """How a rule replaces what it finds. `keep`: of `mask`, how many of the last characters stay, at most half."""

    way: Way = "replace"
    keep: int = 0


_REPLACE = Method()


class Methods:
    """The methods of all rules, and how their results are known again."""

    def __init__(self, names: Iterable[str], chosen: Mapping[str, Method], key: bytes) -> None:
        """Take rules that have no method of their own to `replace`. `key` is for `hash`, at most any length."""
        self._chosen = chosen
        self._key = key if len(key) <= _MAX_KEY else blake2b(key).digest()
        known = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        ours = rf"\[(?:{known})(?::[0-9a-f]{{{2 * _HASH_BYTES}}})?\]"
        self._done = re.compile(rf"{ours}(?: \d{{1,3}})?|{_THEIRS}")
        self._ours = re.compile(rf"(?<![A-Za-z_]){ours}(?![\w\"']? ?[=:]|\w)")  # `user[password]=` is a form's key

    def is_done(self, text: str) -> bool:
        """Whether all of it is the result of masking, ours or the producer's."""
        return text[:1] in "[*<xX" and self._done.fullmatch(text) is not None

    def blank(self, text: str) -> str:
        """The text with a NUL for each of our results, which no gate matches: there is nothing to be found again."""
        return self._ours.sub("\0", text) if "[" in text else text

    def apply(self, rule: str, secret: str) -> str:
        """What takes the secret's place. Doing so twice changes nothing more."""
        method = self._chosen.get(rule, _REPLACE)
        if method.way == "replace":
            return f"[{rule}]"
        if method.way == "mask":
            keep = min(method.keep, len(secret) // 2)
            return "*" * (len(secret) - keep) + (secret[-keep:] if keep else "")
        if method.way == "hash":
            digest = blake2b(secret.encode(errors="replace"), key=self._key, digest_size=_HASH_BYTES)
            return f"[{rule}:{digest.hexdigest()}]"
        return ""

    def removes(self, rule: str) -> bool:
        """Whether nothing is left of what the rule finds."""
        return self._chosen.get(rule, _REPLACE).way == "remove"
