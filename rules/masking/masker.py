"""Masking by the rules: a draft in place, a text, or a record's bytes as they came."""

from typing import Any

import orjson

from models import bounds
from rules.masking.clean import Clean
from rules.masking.drafts import DraftMasker
from rules.masking.engine import EngineName
from rules.masking.profile import Profile
from rules.masking.texts import PathMasker, TextMasker
from rules.masking.turn import Turn
from rules.matching import compile_match
from rules.rulefile.masking import MaskingRules

__all__ = ["Masker"]

Draft = dict[str, Any]

_MAX_SERVICES = 1_000
_MAX_TREE_BYTES = 4 << 20  # what is larger is masked as text


class Masker:
    """The compiled rules. Built once, used for every draft; keeps of them only what is clean."""

    def __init__(
        self, rules: MaskingRules | None = None, key: bytes = b"", *, engine: EngineName | None = None
    ) -> None:
        """Compile the rules.

        Args:
            rules: the section `masking` of the rule file; None: what is built in.
            key: for the method `hash`: without it nobody finds a value by hashing many. Any length.
            engine: what scans for the gates; None for the faster one that runs here.
        """
        rules = rules or MaskingRules()
        everyone = Profile([rules], key)
        special = [(one.service, Profile([rules, one], key)) for one in rules.services]
        profiles = [everyone, *(profile for _, profile in special)]
        texts = TextMasker(frozenset.intersection(*(profile.off for profile in profiles)), engine)
        paths = PathMasker(texts)
        self._texts = texts
        self._everyone = DraftMasker(texts, paths, everyone, Clean())
        self._special = [
            (compile_match({"service": services}, {"service": str}), DraftMasker(texts, paths, profile, Clean()))
            for services, profile in special
        ]
        self._by_service: dict[str, DraftMasker] = {}

    def mask(self, draft: Draft) -> int:
        """Replace secrets and personal data in place, each with a remark.

        Masking twice changes nothing more. Every value stays within `models.bounds`.

        Returns:
            `rules.marks.chain_mark` of what the exceptions are now, which grouping asks for.
        """
        if not self._special:
            return self._everyone.mask(draft)
        return self._for(draft.get("service") or "unknown").mask(draft)

    def mask_text(self, text: str, limit: int = bounds.MAX_MESSAGE) -> str:
        """One text masked by the rules for all services."""
        profile = self._everyone.profile
        return self._texts.mask(text, Turn(profile.methods, off=profile.off), profile, limit)

    def mask_bytes(self, value: bytes) -> bytes:
        """A record as it came, masked as well as is possible without knowing its format; for showing, not for replay.

        JSON is masked by its keys and texts and written anew where that changes it; anything else is masked as text,
        bytes that are no UTF-8 as they are.
        """
        if len(value) <= _MAX_TREE_BYTES:
            try:
                masked = self._mask_json(value)
            except (orjson.JSONDecodeError, RecursionError, TypeError, ValueError):
                masked = None
            if masked is not None:
                return masked
        text = value.decode("utf-8", "surrogateescape")
        return self.mask_text(text, limit=2 * len(text) + bounds.MAX_MESSAGE).encode("utf-8", "surrogateescape")

    def _mask_json(self, value: bytes) -> bytes | None:
        tree = orjson.loads(value)
        if not isinstance(tree, dict | list):
            return None
        holder = {"extra": {"record": tree}}
        self._everyone.mask(holder, longest=2 * len(value) + bounds.MAX_MESSAGE)
        if not holder["remarks"]:
            return value
        return orjson.dumps(holder["extra"]["record"])

    def _for(self, service: str) -> DraftMasker:
        known = self._by_service.get(service)
        if known is None:
            if len(self._by_service) >= _MAX_SERVICES:
                self._by_service.clear()
            fitting = (masker for fits, masker in self._special if fits(service))
            known = self._by_service[service] = next(fitting, self._everyone)
        return known
