"""Numbers as people write them: shares such as `1%`, amounts such as `100 requests`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

__all__ = ["Amount", "Share"]

_SHARE = r"^\d{1,5}(\.\d{1,6})? ?%$"
_AMOUNT = r"^\d{1,9}( (requests?|errors?|events?))?$"

_share, _amount = re.compile(_SHARE).match, re.compile(_AMOUNT).match


def _parse_share(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    if isinstance(value, str) and _share(value.strip()):
        return float(value.strip().rstrip("%")) / 100
    msg = f"must be a share such as 1% or 0.01, not `{value}`"
    raise ValueError(msg)


def _parse_amount(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _amount(value.strip()):
        return int(value.split()[0])
    msg = f"must be a number such as 100 or `100 requests`, not `{value}`"
    raise ValueError(msg)


def _write_share(share: float) -> str:
    return f"{100 * share:.10g}%"


Share = Annotated[
    float,
    BeforeValidator(_parse_share),
    PlainSerializer(_write_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _SHARE, "examples": ["1%", "0.5%"]},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            ]
        }
    ),
]
"""A share, 0.01 for 1 %."""

Amount = Annotated[
    int,
    BeforeValidator(_parse_amount),
    Field(ge=1, le=1_000_000_000),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
                {"type": "string", "pattern": _AMOUNT, "examples": ["100 requests"]},
            ]
        }
    ),
]
"""So many."""
