"""What people say of an error that they ran into."""

import msgspec

__all__ = ["MAX_COMMENT", "MAX_FIELD", "Feedback"]

MAX_COMMENT = 4_096  # characters: Sentry's limit
MAX_FIELD = 200  # characters of a name or address


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One such word.

    feedback_id: 32 hex characters; the same where it is sent twice.
    event_id: of the error, 32 hex characters; None: of none in particular.
    at: when it was said, epoch seconds.
    """

    feedback_id: str
    project: str
    environment: str | None
    event_id: str | None
    comments: str
    name: str | None
    email: str | None
    url: str | None
    at: float
