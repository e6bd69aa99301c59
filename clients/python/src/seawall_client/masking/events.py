"""An event masked in place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from seawall_client.masking.keys import Keys
from seawall_client.masking.texts import Texts

__all__ = ["Masker"]

_Json = dict[str, Any]
_TEXTS = (
    *("message", "message_template", "stack_trace", "transaction", "error_type", "logger", "session_id", "release"),
    *("correlation_id", "source_file"),
)
_MAX_LINES = 10_000
_SHORT = 4  # no shorter text is a secret by its form


class Masker:
    """Replaces secrets and personal data by `[rule]`, wherever an event has texts that may hold them."""

    def __init__(self, keys: Sequence[str], patterns: Mapping[str, str], hash_key: str) -> None:
        """`keys` and `patterns` are the user's own; `hash_key` is for ids that would show who the user is.

        Raises:
            re.error: a pattern is no regular expression.
        """
        self._keys = Keys(keys)
        self._texts = Texts(self._keys, patterns)
        self._hash_key = hash_key.encode()[:64]
        self._line = lru_cache(maxsize=_MAX_LINES)(self._texts.mask_code)  # the same code fails again and again

    def mask(self, event: _Json) -> None:
        """Mask all that may hold a secret."""
        for name in _TEXTS:
            if name in event:
                event[name] = self._text(event[name])
        if "user_id" in event:
            event["user_id"] = self._user_id(event["user_id"])
        for exception in event.get("exception", ()):
            self._mask_exception(exception)
        for name in ("request", "tags", "extra"):
            if name in event:
                event[name] = self._tree(event[name])
        if "fingerprint" in event:
            event["fingerprint"] = self._tree(event["fingerprint"])

    def _text(self, text: str) -> str:
        return self._texts.mask(text) if len(text) > _SHORT else text

    def _user_id(self, user_id: str) -> str:
        """An e-mail address is replaced by its hash: users are still told apart, and counted."""
        masked = self._text(user_id)
        if masked == user_id:
            return user_id
        digest = hashlib.blake2b(user_id.strip().lower().encode("utf-8", "replace"), key=self._hash_key, digest_size=12)
        return f"hash:{digest.hexdigest()}"

    def _mask_exception(self, exception: _Json) -> None:
        if exception.get("value"):
            exception["value"] = self._text(exception["value"])
        for frame in exception.get("frames", ()):
            context = frame.get("context")
            if context:
                frame["context"] = {name: self._code(value) for name, value in context.items()}
            if frame.get("locals"):
                frame["locals"] = self._tree(frame["locals"])

    def _code(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._line(line) for line in value]
        return self._line(value)

    def _tree(self, value: Any) -> Any:
        if type(value) is str:
            return self._text(value)
        if type(value) is dict:
            return {self._text(key): self._under(key, one) for key, one in value.items()}
        if type(value) is list:
            return [self._tree(one) for one in value]
        return value

    def _under(self, key: str, value: Any) -> Any:
        rule = self._keys.rule(key) if value not in (None, "") and value is not True and value is not False else None
        return self._tree(value) if rule is None else f"[{rule}]"
