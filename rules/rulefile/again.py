"""How often people are told of a threshold, and whether at all."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from rules.rulefile.durations import Duration
from rules.rulefile.part import Part
from rules.windows import MAX_WINDOW

__all__ = ["Again", "Mute"]

FOREVER = float("inf")


class Again(Part):
    """When people are told again: after a time that doubles while it goes on, and shrinks while it is calm."""

    after: Duration = Field(ge=300, le=MAX_WINDOW, description="not told again before this; 5m or more")
    up_to: Duration | None = Field(
        None, ge=300, le=7 * MAX_WINDOW, description="doubled up to this; default: not at all"
    )

    @property
    def longest(self) -> int:
        """The longest interval, seconds."""
        return self.after if self.up_to is None else self.up_to

    @model_validator(mode="after")
    def _in_order(self) -> "Again":
        if self.longest < self.after:
            msg = "`up_to` must not be less than `after`"
            raise ValueError(msg)
        return self


def _parse_mute(value: Any) -> float:
    """Until when, epoch seconds."""
    if isinstance(value, bool):
        return FOREVER if value else 0.0
    if isinstance(value, str):
        try:
            until = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp()
    msg = f"must be true, or a time such as 2026-03-01T09:00:00Z, not `{value}`"
    raise ValueError(msg)


def _write_mute(until: float) -> bool | str:
    if until in (0.0, FOREVER):
        return bool(until)
    return datetime.fromtimestamp(until, UTC).isoformat()


Mute = Annotated[
    float,
    BeforeValidator(_parse_mute),
    PlainSerializer(_write_mute),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "examples": ["2026-03-01T09:00:00Z"]}]}),
]
"""Epoch seconds until which nobody is told; infinite where it is forever. Times without a zone are UTC."""
