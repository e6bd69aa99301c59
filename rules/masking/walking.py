"""One walk over a draft: every text with its place, and every value whose key says that it is a secret."""

from collections.abc import Sequence
from typing import Any

from models import bounds
from rules.marks import frame_mark
from rules.masking.builtin.money import is_card
from rules.masking.clean import Clean
from rules.masking.frames import frame_text
from rules.masking.hiding import Hider
from rules.masking.keys import key_rule
from rules.masking.profile import Path

__all__ = ["Place", "Walk"]

Draft = dict[str, Any]

Place = tuple[Any, str | int | None, Path, int]
"""Where a text lies: its holder, key and path, and how long it may be.

Without a key it is the joined texts of a frame, or the joined keys of an object.
"""

# The same few names come with every event of a service; the other texts are an event's own.
_RECURRING = "service environment hostname instance_id error_type logger transaction release commit language sdk"
_OWN_NAMES = "trace_id span_id parent_span_id correlation_id user_id session_id"
_OWN = {
    **dict.fromkeys(_OWN_NAMES.split(), bounds.MAX_NAME),
    "message": bounds.MAX_MESSAGE,
    "message_template": bounds.MAX_MESSAGE,
    "stack_trace": bounds.MAX_STACK_TEXT,
}
_RECURRING_LIMITS = {**dict.fromkeys(_RECURRING.split(), bounds.MAX_NAME), "source_file": bounds.MAX_LINE}
_RAISED = {"value": bounds.MAX_MESSAGE}
_RAISED_RECURRING = dict.fromkeys(("type", "module", "mechanism", "relation"), bounds.MAX_NAME)
_REQUEST_LIMITS = {"url": bounds.MAX_LINE, "query_string": bounds.MAX_LINE}
_MAX_METHOD = 20
_MIN_CARD = 10**13
_PAIR = 2


class Walk:
    """What the walk found: `texts` and `places` side by side.

    `marks` holds the marks of those that may come again, `keyed` the objects whose keys may, by the place's number;
    `stacks` the marks of the stacks that they are of, and `chain` is the mark of all exceptions. `parted` has what
    was raised where its type is a secret key: type, holder, field, path, limit. They may have been one text,
    `password: …`. So may a key and its value, which is more than what the key is called for.
    """

    def __init__(self, draft: Draft, hider: Hider, clean: Clean, longest: int = bounds.MAX_VALUE) -> None:
        """Walk over `draft`; a secret told by its key is replaced at once, by `hider`.

        `longest` is how long a value in `extra` may be.
        """
        self.texts: list[str] = []
        self.places: list[Place] = []
        self.marks: dict[int, int] = {}
        self.keyed: dict[int, dict[str, Any]] = {}
        self.stacks: list[int] = []
        self.parted: list[tuple[str, dict[str, Any], str, Path, int]] = []
        self._hide = hider.hide
        self._put = hider.put
        self._clean = clean
        self._recurring(draft, _RECURRING_LIMITS, ())
        self._fields(draft, _OWN, ())
        self._raised(draft, "error_type", "message", ())
        chain = [
            (exception.get("type"), self._exception(exception, (("exception",), index)))
            for index, exception in enumerate(draft.get("exception") or ())
        ]
        self.chain = hash(tuple(chain))
        if draft.get("request"):
            self._request(draft["request"])
        self._mapping(draft.get("tags"), ("tags",), bounds.MAX_TAG_VALUE)
        self._mapping(draft.get("extra"), ("extra",), longest)
        self._list(draft.get("fingerprint") or [], ("fingerprint",), bounds.MAX_NAME)
        for index, remark in enumerate(draft.get("remarks") or ()):  # paths hold keys, and keys are a producer's
            self._text(remark["path"], remark, "path", (("remarks",), index), bounds.MAX_LINE)
        hider.finish()

    def _text(self, text: str, holder: Any, key: str | int | None, path: Path, limit: int) -> None:
        self.texts.append(text)
        self.places.append((holder, key, path, limit))

    def _fields(self, holder: dict[str, Any], limits: dict[str, int], path: Path) -> None:
        for field, limit in limits.items():
            text = holder.get(field)
            if text:
                self._text(text, holder, field, path, limit)

    def _recurring(self, holder: dict[str, Any], limits: dict[str, int], path: Path) -> None:
        known = self._clean.marks
        for field, limit in limits.items():
            text = holder.get(field)
            if text and (mark := hash(text)) not in known:
                self.marks[len(self.texts)] = mark
                self._text(text, holder, field, path, limit)

    def _request(self, request: dict[str, Any]) -> None:
        path = ("request",)
        self._recurring(request, {"method": _MAX_METHOD}, path)
        self._fields(request, _REQUEST_LIMITS, path)
        self._mapping(request.get("headers"), (path, "headers"), bounds.MAX_VALUE)
        if request.get("body"):
            self._value(request, "body", path, bounds.MAX_VALUE)

    def _exception(self, exception: dict[str, Any], path: Path) -> int:
        """Walk over an exception; gives the mark of its stack."""
        self._recurring(exception, _RAISED_RECURRING, path)
        self._fields(exception, _RAISED, path)
        self._raised(exception, "type", "value", path)
        frames = exception.get("frames") or ()
        marks = [frame_mark(frame) for frame in frames]
        stack = hash(tuple(marks))
        frames_path = (path, "frames")
        if stack not in self._clean.marks:
            self.stacks.append(stack)
            self._frames(frames, marks, frames_path)
        for index, frame in enumerate(frames):
            if frame.get("locals"):
                self._mapping(frame["locals"], ((frames_path, index), "locals"), bounds.MAX_VALUE)
        return stack

    def _raised(self, holder: dict[str, Any], name: str, field: str, path: Path) -> None:
        if (kind := holder.get(name)) and holder.get(field) and key_rule(kind) is not None:
            self.parted.append((kind, holder, field, path, bounds.MAX_MESSAGE))

    def _frames(self, frames: Sequence[dict[str, Any]], marks: list[int], path: Path) -> None:
        for index, mark in enumerate(marks):
            if mark not in self._clean.marks:
                self.marks[len(self.texts)] = mark
                self._text(frame_text(frames[index]), frames[index], None, (path, index), bounds.MAX_LINE)

    def _mapping(self, holder: dict[str, Any] | None, path: Path, limit: int) -> None:
        if not holder:
            return
        if not holder.keys() <= self._clean.keys:
            self.keyed[len(self.texts)] = holder
            self._text("\n".join(holder), holder, None, path, bounds.MAX_NAME)
        for key, value in holder.items():
            rule = key_rule(key)
            kind = type(value)
            if rule is not None:
                if self._hide(holder, key, value, rule, path):
                    continue
                if rule[1] is not None and kind is str:
                    self.parted.append((key, holder, key, path, limit))
            if kind is str:
                self.texts.append(value)
                self.places.append((holder, key, path, limit))
            elif kind is dict or kind is list or (kind is int and value >= _MIN_CARD):
                self._value(holder, key, path, limit)
        if "value" in holder and type(name := holder.get("name") or holder.get("key")) is str:
            self._told_beside(name, holder, "value", path)

    def _list(self, items: list[Any], path: Path, limit: int) -> None:
        if len(items) == _PAIR and type(items[0]) is str:  # ["Authorization", "Bearer …"]
            self._told_beside(items[0], items, 1, path)
        for index in range(len(items)):  # not the items: one of them may just have been replaced
            item = items[index]
            if type(item) is str and item[:2] == "--" and index + 1 < len(items):  # a command's words
                self._told_beside(item, items, index + 1, path)
            self._value(items, index, path, limit)

    def _told_beside(self, name: str, holder: Any, key: str | int, path: Path) -> None:
        rule = None if " " in name or "[" in name else key_rule(name)  # a sentence, or masked: no key
        if rule is not None and not isinstance(holder[key], dict | list):
            self._hide(holder, key, holder[key], rule, path)

    def _value(self, holder: Any, key: str | int, path: Path, limit: int) -> None:
        value = holder[key]
        kind = type(value)
        if kind is str:
            self._text(value, holder, key, path, limit)
        elif kind is dict:
            self._mapping(value, (path, key), limit)
        elif kind is list:
            self._list(value, (path, key), limit)
        elif kind is int and value >= _MIN_CARD and is_card(str(value)):
            self._put(holder, key, value, "card", path)
