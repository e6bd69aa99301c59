"""From a masked draft to its group."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from models import bounds
from rules.grouping.frames import clean_type, collapse, frame_key, relevant_frames
from rules.grouping.parameters import parametrize

__all__ = ["GROUPING_VERSION", "Grouping", "group", "group_id"]

Draft = dict[str, Any]
Variant = Literal["custom", "stack", "message", "type"]

GROUPING_VERSION = 1  # grows with every change that gives known errors other fingerprints

_MAX_TITLE = 200
_DEFAULT = frozenset({"{{ default }}", "{{default}}"})


class Grouping(NamedTuple):
    """Why an event belongs to its group: `components` are what the fingerprint is made of, readable."""

    fingerprint: str  # 32 hex characters
    title: str
    culprit: str | None
    variant: Variant
    components: tuple[str, ...]


class _Stack(NamedTuple):
    """What the frames of a chain of exceptions say of its group."""

    components: tuple[str, ...]  # none: there are no frames to go by
    fingerprint: str
    place: str | None  # where it happened
    library: bool  # all of it is known libraries


_known: dict[int, _Stack] = {}
_MAX_KNOWN = 8_192
_MAX_REMEMBERED = 8_192  # characters of one stack's components


def group(draft: Draft, mark: int | None = None) -> Grouping:
    """The group of a draft. Everything in it must be masked: titles and culprits are shown as they are.

    Args:
        draft: the masked draft.
        mark: `rules.marks.chain_mark` of its exceptions, where it is known: the same few chains come again and again.
    """
    exceptions: list[Draft] = draft.get("exception") or []
    stack = (None if mark is None else _known.get(mark)) or _read_stack(exceptions, mark)
    variant: Variant = "stack"
    components, fingerprint = stack.components, stack.fingerprint
    if not components:
        variant, components = _without_stack(draft, exceptions)
        fingerprint = _digest(components)
    given = draft.get("fingerprint") or []
    if given and not _DEFAULT.issuperset(given):
        variant, components = "custom", _custom(given, components)
        fingerprint = _digest(components)
    transaction = draft.get("transaction") or None
    culprit = (transaction or stack.place) if stack.library else (stack.place or transaction)
    return Grouping(fingerprint, _title(draft, exceptions), culprit, variant, components)


@lru_cache(16_384)  # groups come again and again
def group_id(service: str, environment: str, fingerprint: str) -> str:
    """The group's id, spelled as a UUID. Groups belong to a service and an environment."""
    text = blake2b(f"{service}\0{environment}\0{fingerprint}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _digest(components: Iterable[str]) -> str:
    return blake2b("\x1f".join((f"v{GROUPING_VERSION}", *components)).encode(), digest_size=16).hexdigest()


def _custom(given: list[str], components: Iterable[str]) -> tuple[str, ...]:
    """The producer's parts, with ours where it asks for them."""
    made: list[str] = []
    for part in given:
        made.extend(components if part in _DEFAULT else [f"custom:{part}"])
    return tuple(made)


def _read_stack(exceptions: list[Draft], mark: int | None) -> _Stack:
    """The chain's stack, remembered by its mark."""
    count = relevant_frames(exceptions)
    components: list[str] = []
    frames = False
    for exception in exceptions:
        kind = exception.get("type")
        if kind:
            components.append(f"type:{clean_type(kind)}")
        keys = _keys(exception, count)
        frames = frames or bool(keys)
        components += keys
    if not frames:
        return _NO_STACK
    stack = _Stack(tuple(components), _digest(components), _place(exceptions, count), library=count is False)
    if mark is not None and sum(map(len, components)) <= _MAX_REMEMBERED:
        if len(_known) >= _MAX_KNOWN:  # stacks are the producer's to choose
            _known.clear()
        _known[mark] = stack
    return stack


_NO_STACK = _Stack((), "", None, library=False)


def _keys(exception: Draft, count: bool | None) -> list[str]:  # noqa: FBT001 three-valued
    found = exception.get("frames")
    if not found:
        return []
    if count is False:
        return collapse([frame_key(frame) for frame in found])
    if count:
        return collapse([frame_key(frame) for frame in found if frame.get("in_app")])
    return collapse([frame_key(frame) for frame in found if frame.get("in_app") is not False])


def _without_stack(draft: Draft, exceptions: list[Draft]) -> tuple[Variant, tuple[str, ...]]:
    raised = exceptions[-1] if exceptions else {}
    kind = raised.get("type") or draft.get("error_type")
    components = [f"type:{clean_type(kind)}"] if kind else []
    message = draft.get("message_template") or raised.get("value") or draft.get("message") or ""
    text = parametrize(message)
    if text:
        return "message", (*components, f"message:{text}")
    return "type", tuple(components)


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


def _place(exceptions: list[Draft], count: bool | None) -> str | None:  # noqa: FBT001 three-valued
    """Where it happened: in the last frame in the app of what was raised, else in the last frame."""
    for exception in reversed(exceptions):
        for frame in reversed(exception.get("frames") or ()):
            in_app = frame.get("in_app")
            if count is False or in_app or (count is None and in_app is None):
                return _spelled(frame)
    return None


def _spelled(frame: Draft) -> str | None:
    where = frame.get("module") or (frame.get("file") or "").replace("\\", "/").rsplit("/", 1)[-1]
    spelled = ".".join(part for part in (where, frame.get("function")) if part)
    return spelled[: bounds.MAX_LINE] or None
