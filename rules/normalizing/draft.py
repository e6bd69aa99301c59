"""What the formats make of a record: a draft, or the reason why there is none."""

from typing import Any

from models.reasons import DeadReason

__all__ = ["Draft", "Unreadable"]

Draft = dict[str, Any]
"""ErrorEvent's field names and plain JSON values; `timestamp` in epoch seconds; `remarks` as a list of objects."""


class Unreadable(Exception):  # noqa: N818 a state of the record, not a fault of ours
    """The record cannot be read. `detail` is for a person and holds nothing of the record."""

    def __init__(self, reason: DeadReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
