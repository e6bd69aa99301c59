"""One walk over a draft: every text with its place, and every value whose key says that it is a secret."""

from collections.abc import Callable
from typing import Any, NamedTuple

from models import bounds
from rules.masking.keys import PLACEHOLDER, key_rule
from rules.masking.values import is_card

__all__ = ["Path", "Place", "Walk", "render"]

Draft = dict[str, Any]
Path = tuple[Any, ...]  # (parent's path, name): written out only where a remark needs it

_NAMES = (
    "service environment hostname instance_id trace_id span_id correlation_id error_type logger transaction user_id"
    " session_id release commit language sdk"
)
_LIMITS = {
    **dict.fromkeys(_NAMES.split(), bounds.MAX_NAME),
    "message": bounds.MAX_MESSAGE,
    "message_template": bounds.MAX_MESSAGE,
    "stack_trace": bounds.MAX_STACK_TEXT,
    "source_file": bounds.MAX_LINE,
}
_EXCEPTION_LIMITS = {
    "type": bounds.MAX_NAME,
    "value": bounds.MAX_MESSAGE,
    "module": bounds.MAX_NAME,
    "mechanism": bounds.MAX_NAME,
}
_REQUEST_LIMITS = {"url": bounds.MAX_LINE, "query_string": bounds.MAX_LINE}
_MIN_CARD = 10**13
_PAIR = 2


class Place(NamedTuple):
    """Where a text lies. `key` None: it is the joined texts of a frame, or the joined keys of an object."""

    holder: Any
    key: str | int | None
    path: Path
    limit: int


class Walk:
    """What the walk found: `texts` and `places` side by side."""

    def __init__(self, draft: Draft, on_secret: Callable[[Path, str, Any], None]) -> None:
        """Walk over `draft`; a secret told by its key is replaced at once and told to `on_secret`."""
        self.texts: list[str] = []
        self.places: list[Place] = []
        self._on_secret = on_secret
        self._fields(draft, _LIMITS, ())
        for index, exception in enumerate(draft.get("exception") or ()):
            self._exception(exception, (("exception",), index))
        request = draft.get("request")
        if request:
            self._fields(request, _REQUEST_LIMITS, ("request",))
            self._mapping(request.get("headers"), (("request",), "headers"), bounds.MAX_VALUE)
            if request.get("body"):
                self._value(request, "body", ("request",), bounds.MAX_VALUE)
        self._mapping(draft.get("tags"), ("tags",), bounds.MAX_TAG_VALUE)
        self._mapping(draft.get("extra"), ("extra",), bounds.MAX_VALUE)
        self._list(draft.get("fingerprint") or [], ("fingerprint",), bounds.MAX_NAME)
        for index, remark in enumerate(draft.get("remarks") or ()):  # paths hold keys, and keys are a producer's
            self._text(remark["path"], remark, "path", (("remarks",), index), bounds.MAX_LINE)

    def _text(self, text: str, holder: Any, key: str | int | None, path: Path, limit: int) -> None:
        self.texts.append(text)
        self.places.append(Place(holder, key, path, limit))

    def _fields(self, holder: dict[str, Any], limits: dict[str, int], path: Path) -> None:
        for field, limit in limits.items():
            text = holder.get(field)
            if text:
                self._text(text, holder, field, path, limit)

    def _exception(self, exception: dict[str, Any], path: Path) -> None:
        self._fields(exception, _EXCEPTION_LIMITS, path)
        for index, frame in enumerate(exception.get("frames") or ()):
            frame_path = ((path, "frames"), index)
            self._text(frame_text(frame), frame, None, frame_path, bounds.MAX_LINE)
            if frame.get("locals"):
                self._mapping(frame["locals"], (frame_path, "locals"), bounds.MAX_VALUE)

    def _mapping(self, holder: dict[str, Any] | None, path: Path, limit: int) -> None:
        if not holder:
            return
        self._text("\n".join(holder), holder, None, path, bounds.MAX_NAME)
        for key, value in holder.items():
            rule = key_rule(key)
            if rule is not None and self.hide(holder, key, value, rule, path):
                continue
            if type(value) is str:
                self.texts.append(value)
                self.places.append(Place(holder, key, path, limit))
            elif value is not None:
                self._value(holder, key, path, limit)
        if "value" in holder and type(name := holder.get("name") or holder.get("key")) is str:
            self._told_beside(name, holder, "value", path)

    def _list(self, items: list[Any], path: Path, limit: int) -> None:
        if len(items) == _PAIR and type(items[0]) is str:  # ["Authorization", "Bearer …"]
            self._told_beside(items[0], items, 1, path)
        for index in range(len(items)):  # not the items: one of them may just have been replaced
            self._value(items, index, path, limit)

    def _told_beside(self, name: str, holder: Any, key: str | int, path: Path) -> None:
        rule = key_rule(name)
        if rule is not None and not isinstance(holder[key], dict | list):
            self.hide(holder, key, holder[key], rule, path)

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
            holder[key] = "[card]"
            self._on_secret((path, key), "card", str(value))

    def hide(self, holder: Any, key: str | int, value: Any, rule: str, path: Path) -> bool:
        """Replace the value under a secret key, whatever it is; False where there is nothing to hide."""
        if value is None or value is True or value is False or value in ("", [], {}):
            return False
        if type(value) is str and (PLACEHOLDER.fullmatch(value) or _is_folder(value, rule)):
            return False
        holder[key] = f"[{rule}]"
        self._on_secret((path, key), rule, value)
        return True


def _is_folder(value: str, rule: str) -> bool:
    return rule == "password" and value.startswith("/") and value.count("/") > 1  # PWD=/srv/app


def frame_text(frame: dict[str, Any]) -> str:
    """All texts of a frame but its locals, a line each."""
    get = frame.get
    context = get("context")
    names = f"{get('function')}\n{get('module')}\n{get('file')}\n{get('package')}"
    if not context:
        return names
    lines = "\n".join(context_lines(context))
    return f"{names}\n{lines}"


def context_lines(context: dict[str, Any]) -> list[str]:
    """The source lines around a frame's line, in order."""
    line = context.get("line")
    return [*(context.get("before") or ()), *(() if line is None else (line,)), *(context.get("after") or ())]


def render(path: Path) -> str:
    """A path as a remark has it: `request.headers.authorization`."""
    names = ""
    while len(path) == _PAIR:
        path, name = path
        names = f".{name}{names}"
    return f"{path[0]}{names}" if path else names[1:]
