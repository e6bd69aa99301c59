"""Names of channels: a kind and a target, such as `slack:#payments`."""

from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["CHANNEL_KINDS", "ChannelName"]

CHANNEL_KINDS = ("slack", "pagerduty")


def _known(name: str) -> str:
    kind, colon, target = name.partition(":")
    if kind not in CHANNEL_KINDS:
        near = get_close_matches(kind, CHANNEL_KINDS, 1)
        hint = f"did you mean `{near[0]}:{target}`?" if near else f"there are {' and '.join(CHANNEL_KINDS)}"
        msg = f"`{name}`: there is no channel of kind `{kind}`; {hint}"
        raise ValueError(msg)
    if not colon or not target.strip():
        example = "slack:#alerts" if kind == "slack" else f"{kind}:default"
        msg = f"`{name}` names no target; write such as `{example}`"
        raise ValueError(msg)
    return name


ChannelName = Annotated[
    str,
    AfterValidator(_known),
    Field(
        max_length=200, json_schema_extra={"pattern": rf"^({'|'.join(CHANNEL_KINDS)}):\S", "examples": ["slack:#ops"]}
    ),
]
"""A channel as routes name it."""
