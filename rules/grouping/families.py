"""Which language a frame is of, and the families that rules name.

As in Sentry `javascript`, `native`, `other` and `all`; besides them each language, `jvm` and `dotnet`.
"""

from functools import lru_cache
from typing import Any

from rules.stacktraces.in_app import language_of

__all__ = ["families", "language"]

_SAME = {
    "node": "javascript", "typescript": "javascript", "cocoa": "objc", "objective-c": "objc", "cpp": "c++",
    "c#": "csharp", "dotnet": "csharp", "golang": "go", "as3": "actionscript",
}  # fmt: skip
_NATIVE = frozenset({"c", "c++", "objc", "swift", "rust", "native"})
_JAVASCRIPT = frozenset({"javascript"})
_OTHERS = frozenset({
    "python", "java", "kotlin", "scala", "groovy", "clojure", "go", "ruby", "php", "csharp", "fsharp", "visualbasic",
    "elixir", "dart", "perl", "crystal", "lua",
})  # fmt: skip
_RUNTIMES = {
    **dict.fromkeys(("java", "kotlin", "scala", "groovy", "clojure"), ("jvm",)),
    **dict.fromkeys(("csharp", "fsharp", "visualbasic"), ("dotnet",)),
}
_KNOWN = _NATIVE | _JAVASCRIPT | _OTHERS


@lru_cache(4_096)
def _of_file(file: str | None, event: str | None) -> str | None:
    found = language_of(file) or event
    found = found and _SAME.get(found.lower(), found.lower())
    return found if found in _KNOWN else None


def language(frame: dict[str, Any], event: str | None) -> str:
    """The language of a frame, by its file, else by what the event says; `other` where it is none that is known."""
    found = _of_file(frame.get("file"), event)
    if found is None:
        native = "address" in frame or "package" in frame or "::" in (frame.get("function") or "")
        return "native" if native else "other"
    return found


def families(name: str) -> frozenset[str]:
    """What `family:` may call a language."""
    family = "native" if name in _NATIVE else "javascript" if name in _JAVASCRIPT else "other"
    return frozenset({name, family, "all", *_RUNTIMES.get(name, ())})
