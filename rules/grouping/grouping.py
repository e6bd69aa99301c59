"""What grouping says of an event, and the ids of groups."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, NamedTuple

__all__ = ["GROUPING_VERSION", "Grouping", "VariantName", "digest", "group_id"]

GROUPING_VERSION = 2  # grows with every change that gives known errors other fingerprints

VariantName = Literal["custom", "stack", "message", "type"]

# What keeps its components keeps its fingerprint, whatever the version: so this is the first one's, for good.
_PREFIX = "v1"


class Grouping(NamedTuple):
    """Why an event belongs to its group: `components` are what the fingerprint is made of, readable.

    An event joins the group that owns one of its hashes, the first in their order. A group that is new, or joined,
    comes to own the first `owned` of them; the others only lead to groups that earlier rules or versions made. If new
    groups owned these as well, what is told apart now would be joined by them again.
    """

    fingerprint: str  # 32 hex characters
    title: str
    culprit: str | None
    variant: VariantName
    components: tuple[str, ...]
    hashes: tuple[str, ...] = ()  # the fingerprint, by all frames, by earlier rules, by the earlier version
    owned: int = 1
    message: str | None = None  # type and message without parameters, where nothing else decides
    rule: str | None = None  # the fingerprint rule that decided, as it is written


@lru_cache(16_384)  # groups come again and again
def group_id(service: str, environment: str, fingerprint: str) -> str:
    """The group's id, spelled as a UUID. Groups belong to a service and an environment."""
    text = blake2b(f"{service}\0{environment}\0{fingerprint}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def digest(components: Iterable[str]) -> str:
    """The fingerprint of components, 32 hex characters."""
    return blake2b("\x1f".join((_PREFIX, *components)).encode(), digest_size=16).hexdigest()
