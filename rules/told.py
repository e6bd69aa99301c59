"""What the gateway writes for a topic beside the errors: an object, its ids and its time, none of them trusted."""

import re
from typing import Any

from models.reasons import DeadReason
from rules.coercing import Remarks
from rules.normalizing.decoding import check_size, decode
from rules.normalizing.draft import Unreadable
from rules.normalizing.times import epoch

__all__ = ["told_at", "told_id", "told_object"]

BEHIND = 7 * 86_400.0  # seconds for which such a topic keeps records
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_ID = 200


def told_object(value: bytes | None, what: str) -> dict[str, Any]:
    """The object in a record's value. Raises Unreadable; `what` names it to a person, as `a check-in`."""
    data, is_json = decode(check_size(value), Remarks())
    if not is_json or not isinstance(data, dict):
        raise Unreadable(DeadReason.INVALID_JSON, f"{what} must be a JSON object")
    return data


def told_at(given: Any, received_at: float) -> float:
    """The time that a record names, epoch seconds, where it can be right; else that of its receipt."""
    at = epoch(given)
    return at if at is not None and received_at - BEHIND <= at <= received_at else received_at


def told_id(given: Any) -> str | None:
    """A UUID as 32 hexadecimal digits, however it is spelt; None where it is none."""
    text = given.replace("-", "").lower() if isinstance(given, str) and len(given) <= _LONGEST_ID else ""
    return text if _ID.fullmatch(text) else None
