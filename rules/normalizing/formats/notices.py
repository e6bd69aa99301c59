"""What the notices of Rollbar, Bugsnag, Honeybadger and Airbrake have in common: frames, words and names."""

from collections.abc import Mapping
from typing import Any

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.exceptions import read_frames

__all__ = ["frames", "join_words", "language", "named", "obj", "objects", "put_tags", "source", "texts"]

_LANGUAGES = {
    "nodejs": "javascript", "node": "javascript", "browserjs": "javascript", "reactnativejs": "javascript",
    "js": "javascript", "typescript": "javascript", "electronrendererjs": "javascript", "android": "java",
    "cocoa": "objc", "c#": "csharp", "dotnet": "csharp", "golang": "go", "electronnodejs": "javascript",
}  # fmt: skip
_PROJECT = ("[PROJECT_ROOT]/", "/PROJECT_ROOT/")
_LIBRARIES = ("[GEM_ROOT]/", "/GEM_ROOT/")
_NO_NAMES = frozenset({"", "<unknown>", "[anonymous]", "?"})
_LINE_DIGITS = 10


def frames(raw: Any, names: Mapping[str, str], remarks: Remarks, *, newest_first: bool) -> list[dict[str, Any]]:
    """A notice's frames, with the places of a project's own files as they lie in it.

    Args:
        raw: the list as the notice has it.
        names: of the notice's fields, under ErrorEvent's; `code` with the lines around is always read.
        remarks: of the event.
        newest_first: whether the raising frame comes first.
    """
    if not isinstance(raw, list):
        return []
    made = [_frame(one, names) for one in objects(raw)]
    return read_frames(made[::-1] if newest_first else made, remarks)


def _frame(raw: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    made = {field: raw[name] for name, field in names.items() if raw.get(name) is not None}
    if (function := made.get("function")) is not None and str(function) in _NO_NAMES:
        del made["function"]
    file = made.get("file")
    if isinstance(file, str):
        made["file"] = _place(file, made)
    if isinstance(raw.get("code"), dict) and (context := source(raw["code"], made.get("line"))):
        made["context"] = context
    return made


def _place(file: str, made: dict[str, Any]) -> str:
    for root in _PROJECT:
        if file.startswith(root):
            return file[len(root) :]
    if file.startswith(_LIBRARIES):
        made.setdefault("in_app", False)
    return file


def source(code: dict[str, Any], line: Any) -> dict[str, Any] | None:
    """Lines by their numbers, as the lines before, at and after a frame's own."""
    try:
        at = int(line)
        numbered = sorted((int(number[:_LINE_DIGITS]), text) for number, text in code.items())
    except (TypeError, ValueError):
        return None
    lines = [(number, text.rstrip("\r\n")) for number, text in numbered if isinstance(text, str)]
    before = [text for number, text in lines if number < at]
    after = [text for number, text in lines if number > at]
    own = next((text for number, text in lines if number == at), None)
    most = bounds.MAX_CONTEXT_LINES
    return {"before": before[-most:], "line": own, "after": after[:most]} if own is not None else None


def language(given: Any) -> str | None:
    """A language's name out of `Python/3.11.7`, `python 3.11.7`, `nodejs` or `JavaScript`."""
    if not isinstance(given, str):
        return None
    word = given.replace("/", " ").partition(" ")[0].lower()
    return _LANGUAGES.get(word, word) or None


def named(notifier: Any) -> str | None:
    """`name/version` of the library that wrote the notice."""
    name, version = obj(notifier).get("name"), obj(notifier).get("version")
    if not isinstance(name, str) or not name:
        return None
    return f"{name}/{version}" if version else name


def join_words(*words: Any, by: str = " ") -> str | None:
    """The words that are texts, joined."""
    return by.join(word for word in words if isinstance(word, str) and word) or None


def put_tags(draft: dict[str, Any], **tags: Any) -> None:
    """Put those tags that have a text."""
    given = {name: value for name, value in tags.items() if isinstance(value, str) and value}
    if given:
        draft["tags"] = {**draft.get("tags", {}), **given}


def texts(value: Any) -> list[str]:
    """The texts of a list, or of a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return [word.strip() for word in value if isinstance(word, str) and word.strip()] if isinstance(value, list) else []


def obj(value: Any) -> dict[str, Any]:
    """The value, where it is an object; an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
