"""What of an error arrived, of all that the program told its SDK."""

from typing import Any

from tests.senders.manifest import Sender
from tests.senders.programs import ENVIRONMENT, RELEASE, USER

FACTS = ("type", "message", "frame", "in_app", "release", "environment", "user", "trace")


def says(event: dict[str, Any], text: str) -> bool:
    """Whether it is of the error with that text, and not of one that only remembers it in its breadcrumbs."""
    return any(text in (value or "") for value in _texts(event))


def facts_of(sender: Sender, event: dict[str, Any], text: str, trace: str) -> list[str]:
    """Those of FACTS that are as the program set them."""
    exceptions = event["payload"].get("exception") or []
    frames = [frame for one in exceptions for frame in one.get("frames") or ()]
    frame = next((frame for frame in frames if _is_failing(sender, frame)), {})
    told = {
        "type": event["type"] == sender.type,
        "message": text in _texts(event) if sender.message else says(event, text),
        "frame": bool(frame.get("line")),
        "in_app": frame.get("in_app") is True,
        "release": event["release"] == RELEASE,
        "environment": event["environment"] == ENVIRONMENT,
        "user": event["user_id"] == USER,
        "trace": event["trace_id"] == trace,
    }
    return [fact for fact in FACTS if told[fact]]


def _texts(event: dict[str, Any]) -> list[str | None]:
    return [event["message"], *(one.get("value") for one in event["payload"].get("exception") or ())]


def _is_failing(sender: Sender, frame: dict[str, Any]) -> bool:
    function, file = frame.get("function") or "", frame.get("file") or frame.get("module") or ""
    return sender.function in function and file.endswith(sender.file)
