"""The section `links` of the rule file: where messages lead."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from rules.rulefile.matches import GroupedMatch
from rules.rulefile.part import Part

__all__ = ["Link", "LinkMatch"]

_HTTP = re.compile(r"https?://[^/{}?#\s\\@]+([/?#]|$)")
_PLAIN = re.compile(r"[^\s<>|\"'\\`\x00-\x20\x7f]+")


def _led(template: str) -> str:
    from rules.linking import FIELDS, unknown_fields  # noqa: PLC0415 - it is compiled from what stands here

    if not _HTTP.match(template):
        msg = "must begin with http:// or https:// and a host that is written out"
        raise ValueError(msg)
    if not _PLAIN.fullmatch(template):
        msg = "must not hold spaces, quotes or any of < > | \\ `: write them as %20, %22 …"
        raise ValueError(msg)
    try:
        unknown = unknown_fields(template)
    except ValueError:
        msg = "has a brace without its other half; write {{ and }} for braces that are meant as they are"
        raise ValueError(msg) from None
    if unknown:
        msg = f"`{{{unknown[0][:60]}}}` is none of {', '.join(FIELDS)}"
        raise ValueError(msg)
    return template


class LinkMatch(GroupedMatch):
    """Which incidents a link is for: all fields must fit, each one of its values (`*` and `?` are wild)."""


class Link(Part):
    """A link that messages about incidents have."""

    name: str = Field(min_length=1, max_length=60, description="its text")
    url: Annotated[str, AfterValidator(_led)] = Field(
        min_length=8,
        max_length=2_000,
        description="where it leads: {trace_id}, {service} … stand for what is known, made fit for URLs",
    )
    match: LinkMatch = Field(LinkMatch(), description="only for these incidents")
