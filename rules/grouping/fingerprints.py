"""From a masked draft to its group."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from models import bounds
from rules.grouping.frames import clean_type, collapse, frame_key, relevant_frames
from rules.grouping.parameters import parametrize

__all__ = ["GROUPING_VERSION", "Grouping", "group", "group_id"]

Draft = dict[str, Any]
Variant = Literal["custom", "stack", "message", "type"]

GROUPING_VERSION = 1  # grows with every change that gives known errors other fingerprints

_MAX_TITLE = 200
_DEFAULT = frozenset({"{{ default }}", "{{default}}"})


@dataclass(frozen=True, slots=True)
class Grouping:
    """Why an event belongs to its group: `components` are what the fingerprint is made of, readable."""

    fingerprint: str  # 32 hex characters
    title: str
    culprit: str | None
    variant: Variant
    components: tuple[str, ...]


def group(draft: Draft) -> Grouping:
    """The group of a draft. Everything in it must be masked: titles and culprits are shown as they are."""
    exceptions: list[Draft] = draft.get("exception") or []
    count = relevant_frames(exceptions)
    variant, components = _own(draft, exceptions, count)
    given = draft.get("fingerprint") or []
    if given and not _DEFAULT.issuperset(given):
        variant, components = "custom", _custom(given, components)
    return Grouping(
        fingerprint=_digest(components),
        title=_title(draft, exceptions),
        culprit=_culprit(draft, exceptions, count),
        variant=variant,
        components=tuple(components),
    )


def group_id(service: str, environment: str, fingerprint: str) -> str:
    """The group's id, spelled as a UUID. Groups belong to a service and an environment."""
    text = blake2b(f"{service}\0{environment}\0{fingerprint}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _digest(components: Iterable[str]) -> str:
    return blake2b("\x1f".join((f"v{GROUPING_VERSION}", *components)).encode(), digest_size=16).hexdigest()


def _custom(given: list[str], components: list[str]) -> list[str]:
    """The producer's parts, with ours where it asks for them."""
    made: list[str] = []
    for part in given:
        made.extend(components if part in _DEFAULT else [f"custom:{part}"])
    return made


def _own(draft: Draft, exceptions: list[Draft], count: bool | None) -> tuple[Variant, list[str]]:  # noqa: FBT001 three-valued
    components: list[str] = []
    frames = False
    for exception in exceptions:
        kind = exception.get("type")
        if kind:
            components.append(f"type:{clean_type(kind)}")
        keys = _keys(exception, count)
        frames = frames or bool(keys)
        components += keys
    if frames:
        return "stack", components
    return _without_stack(draft, exceptions)


def _keys(exception: Draft, count: bool | None) -> list[str]:  # noqa: FBT001 three-valued
    found = exception.get("frames")
    if not found:
        return []
    if count is False:
        return collapse([frame_key(frame) for frame in found])
    if count:
        return collapse([frame_key(frame) for frame in found if frame.get("in_app")])
    return collapse([frame_key(frame) for frame in found if frame.get("in_app") is not False])


def _without_stack(draft: Draft, exceptions: list[Draft]) -> tuple[Variant, list[str]]:
    raised = exceptions[-1] if exceptions else {}
    kind = raised.get("type") or draft.get("error_type")
    components = [f"type:{clean_type(kind)}"] if kind else []
    message = draft.get("message_template") or raised.get("value") or draft.get("message") or ""
    text = parametrize(message)
    if text:
        return "message", [*components, f"message:{text}"]
    return "type", components


def _title(draft: Draft, exceptions: list[Draft]) -> str:
    raised = exceptions[-1] if exceptions else {}
    kind = raised.get("type") or draft.get("error_type")
    value = _first_line(raised.get("value") or draft.get("message") or "")
    if not kind:
        return value or "Unknown error"
    if not value or value == kind:
        return str(kind)[:_MAX_TITLE]
    return value if value.startswith(f"{kind}: ") else f"{kind}: {value}"[:_MAX_TITLE]


def _first_line(text: str) -> str:
    text = text.lstrip()
    return text[:_MAX_TITLE].split("\n", 1)[0].rstrip()


def _culprit(draft: Draft, exceptions: list[Draft], count: bool | None) -> str | None:  # noqa: FBT001 three-valued
    """Where it happened: the last frame in the app of what was raised, else the transaction, else the last frame."""
    transaction = draft.get("transaction") or None
    for exception in reversed(exceptions):
        for frame in reversed(exception.get("frames") or ()):
            in_app = frame.get("in_app")
            if in_app or (count is None and in_app is None):
                return _spelled(frame) or transaction
            if count is False:
                return transaction or _spelled(frame)
    return transaction


def _spelled(frame: Draft) -> str | None:
    where = frame.get("module") or (frame.get("file") or "").replace("\\", "/").rsplit("/", 1)[-1]
    spelled = ".".join(part for part in (where, frame.get("function")) if part)
    return spelled[: bounds.MAX_LINE] or None
