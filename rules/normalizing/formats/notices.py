"""What the notices of Rollbar, Bugsnag, Honeybadger and Airbrake have in common: frames, words and names."""

from collections.abc import Mapping
from typing import Any

from models import bounds
from rules.coercing import Remarks, ends
from rules.normalizing.exceptions import read_frames

__all__ = ["frames", "join_words", "language", "links", "named", "obj", "objects", "put_tags", "source", "texts"]

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
        names: of the notice's fields, under ErrorEvent's; the lines of source are read whatever their name.
        remarks: of the event.
        newest_first: whether the raising frame comes first.
    """
    if not isinstance(raw, list):
        return []
    made = [_frame(one, names) for one in objects(ends(raw, bounds.MAX_FRAMES, "exception.frames", remarks))]
    return read_frames(made[::-1] if newest_first else made, remarks)


def links(raw: Any, remarks: Remarks) -> list[dict[str, Any]]:
    """The exceptions of a chain that a notice tells from what was raised to the first cause, the other way round."""
    return objects(ends(raw, bounds.MAX_EXCEPTIONS, "exception", remarks))[::-1] if isinstance(raw, list) else []


def _frame(raw: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    made = {field: raw[name] for name, field in names.items() if raw.get(name) is not None}
    if raw.get("context") == "app":  # what Honeybadger's Ruby library calls the service's own
        made.setdefault("in_app", True)
    if (function := made.get("function")) is not None and str(function) in _NO_NAMES:
        del made["function"]
    file = made.get("file")
    if isinstance(file, str):
        made["file"] = _place(file, made)
    if (context := _context(raw, made.get("line"))) is not None:
        made["context"] = context
    return made


def _context(raw: dict[str, Any], line: Any) -> dict[str, Any] | None:
    """The source: lines by their numbers, or the frame's own with those before and after it."""
    code = raw.get("code") or raw.get("source")
    if isinstance(code, dict):
        return source(code, line)
    if not isinstance(code, str):
        return None
    around = obj(raw.get("context"))
    return {"before": around.get("pre") or [], "line": code, "after": around.get("post") or []}


def _place(file: str, made: dict[str, Any]) -> str:
    for root in _PROJECT:
        if file.startswith(root):
            return file[len(root) :]
    if file.startswith(_LIBRARIES):
        made.setdefault("in_app", False)
    return file


def source(code: dict[str, Any], line: Any) -> dict[str, Any] | None:
    """Lines by their numbers, as the lines before, at and after a frame's own."""
    number = str(line)
    if not (number.isascii() and number.isdigit() and len(number) < _LINE_DIGITS):
        return None
    at, most = int(number), bounds.MAX_CONTEXT_LINES
    near = {number: code.get(str(number)) for number in range(at - most, at + most + 1)}
    lines = {number: text.rstrip("\r\n") for number, text in near.items() if isinstance(text, str)}
    if at not in lines:
        return None
    before = [text for number, text in lines.items() if number < at]
    return {"before": before, "line": lines[at], "after": [text for number, text in lines.items() if number > at]}


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
