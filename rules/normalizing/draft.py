"""What the formats make of a record: a draft, or the reason why there is none."""

from typing import Any

from models.reasons import DeadReason

__all__ = ["Draft", "NotAnError", "Unreadable"]

Draft = dict[str, Any]
"""ErrorEvent's field names and plain JSON values; `timestamp` in epoch seconds; `remarks` as a list of objects."""


class Unreadable(Exception):  # noqa: N818 a state of the record, not a fault of ours
    """The record cannot be read. `detail` is for a person and holds nothing of the record."""

    def __init__(self, reason: DeadReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class NotAnError(Exception):
    """The record is understood, and no error: a span without an exception, a session. `what` is for a person."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
