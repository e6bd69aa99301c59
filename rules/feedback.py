"""Records of the topic of feedback, as the gateway writes them."""

from collections.abc import Callable
from typing import Any

from models.feedback import MAX_COMMENT, MAX_FIELD, Feedback
from models.reasons import DeadReason
from rules.normalizing.draft import Unreadable
from rules.told import told_at, told_id, told_object

__all__ = ["parse_feedback"]

Mask = Callable[[str], str]

MAX_URL = 2_048  # characters


def parse_feedback(value: bytes | None, received_at: float, mask: Mask) -> Feedback:
    """What somebody said, without secrets and personal data. Raises Unreadable.

    Args:
        value: the record's.
        received_at: epoch seconds.
        mask: takes secrets and personal data out of a text.
    """
    data = told_object(value, "feedback")

    def text(name: str, limit: int = MAX_FIELD) -> str:
        given = data.get(name)
        storable = _storable(given, limit) if isinstance(given, str) else ""
        return mask(storable)[:limit] if storable else ""

    feedback_id, project, comments = _id(data.get("feedback_id")), text("project"), text("comments", MAX_COMMENT)
    if feedback_id is None or not project or not comments:
        raise Unreadable(DeadReason.NO_FEEDBACK, "`feedback_id`, `project` or `comments` is missing, or none")
    return Feedback(
        feedback_id=feedback_id,
        project=project,
        environment=text("environment") or None,
        event_id=_id(data.get("event_id")),
        comments=comments,
        name=text("name") or None,
        email=text("email") or None,
        url=text("url", MAX_URL) or None,
        at=told_at(data.get("at"), received_at),
    )


def _storable(given: str, limit: int) -> str:
    return given[:limit].replace("\0", " ").encode(errors="replace").decode().strip()


def _id(value: Any) -> str | None:
    found = told_id(value)
    return found if found is not None and found.strip("0") else None
