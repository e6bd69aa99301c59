"""An action in words, as the history and the messages show it."""

from datetime import UTC, datetime

from models.triage import Action, Ignored, Resolved

__all__ = ["began_after", "said"]

MAX_COMMENT = 2_000  # characters


def said(action: Action) -> list[str]:
    """What there is to say beside the action's name; nothing where that says it all."""
    words: list[str] = []
    if action.kind == "ignore" and action.ignored:
        words += _until(action.ignored)
    elif action.kind == "resolve" and action.resolved:
        words += _in(action.resolved)
    elif action.kind == "assign":
        words.append(f"to {action.assignee}" if action.assignee else "to nobody")
    if action.comment:
        words.append(action.comment.strip()[:MAX_COMMENT])
    return words


def began_after(release: str, released_at: datetime, opened_at: datetime) -> str:
    """What a release shortly before an incident is worth saying."""
    minutes = max(0, round((opened_at - released_at).total_seconds() / 60))
    return f"began {minutes} min after release {release}" if minutes else f"began with release {release}"


def _until(ignored: Ignored) -> list[str]:
    words = []
    if ignored.until is not None:
        words.append(f"until {datetime.fromtimestamp(ignored.until, UTC):%Y-%m-%d %H:%M} UTC")
    if ignored.events is not None:
        words.append(f"until {ignored.events} more events")
    if ignored.users is not None:
        words.append(f"until {ignored.users} more users")
    if ignored.per_hour is not None:
        words.append(f"until it escalates: more than {ignored.per_hour} in 1 h")
    return words


def _in(resolved: Resolved) -> list[str]:
    if resolved.release is not None:
        return [f"fixed in {resolved.release}"]
    if resolved.commit is not None:
        return [f"fixed by commit {resolved.commit}"]
    return ["fixed in the next release"] if resolved.after is not None else []
