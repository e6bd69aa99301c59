"""What of a frame tells one error from another: not its line number, no address, no generated suffix."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from rules.grouping.names import NAMELESS, clean_function, clean_module

__all__ = ["Key", "collapse", "counts", "frame_key", "relevant_frames"]

Frame = dict[str, Any]

_CACHED = 16_384  # frames come again and again
_MAX_CONTEXT = 120  # longer lines are minified code
_MAX_PERIOD = 4  # of functions that call each other
_SHORTEST = 2  # characters; shorter names in bundles are made by minifiers

# Source lines tell calls of one function apart where function names say little: scripting languages, as Sentry does.
_SCRIPTS = (".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".php", ".rb")
_SCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".bundle", ".jsbundle", ".map")

_SPACE = re.compile(r"\s+")
_CHUNK_HASH = re.compile(
    r"[.\-_](?=[0-9a-zA-Z_]{0,31}\d)[0-9a-zA-Z_]{8,32}(?=\.)"  # main.3f2a1b9c.js
    r"|-[A-Za-z0-9_-]{8}(?=\.m?js$)"  # index-BxYzAb_Q.js
    r"|[?#].*"
)
_NUMBERS = re.compile(r"^\d+(?=\.|$)|^[0-9a-f]{16,64}(?=\.)")  # 178.js, the hash of a compiled template
_LIBRARY_VERSION = re.compile(r"[-.]\d+(?:\.\d+){0,5}(?=\.|$)")
_BUNDLE = re.compile(r"\.min\.|://|[.\-_][0-9a-zA-Z_-]{8,32}\.m?js")
_NO_CODE = frozenset({
    "[native code]", "native code", "<native code>", "eval code", "<anonymous>", "<eval>", "native", "[kjs:0]",
})  # fmt: skip
_EVALUATED = frozenset({"eval", "eval code", "global code", "module code"})


class Key(NamedTuple):
    """How a frame counts. `telling`: it says more than that there is code."""

    text: str
    telling: bool


@lru_cache(_CACHED)
def _key(  # noqa: PLR0917 one call a frame
    language: str,
    module: str | None,
    function: str | None,
    file: str | None,
    package: str | None,
    line: str | None,
    page: bool,  # noqa: FBT001 as the others
) -> Key:
    basename = (file or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = clean_function(function, language) if function else NAMELESS
    if language == "javascript" and len(name) <= _SHORTEST and file and _BUNDLE.search(file):
        name = NAMELESS
    parts = [_where(language, module, basename, package, page=page), name]
    script = basename.partition("?")[0].endswith(_SCRIPTS)
    if line and script and len(line) <= _MAX_CONTEXT and (source := _SPACE.sub(" ", line).strip()):
        parts.append(source)
    return Key("|".join(parts), name != NAMELESS or len(parts) > 2 or bool(module))  # noqa: PLR2004 where and name


def _where(language: str, module: str | None, basename: str, package: str | None, *, page: bool) -> str:
    if page and not _CHUNK_HASH.sub("", basename).endswith(_SCRIPT):
        return "<page>"  # a script within a page, whose address may be any
    if module and not (page and "://" in module):
        return clean_module(module, language)
    if not basename and package:
        return _LIBRARY_VERSION.sub("", package.replace("\\", "/").rsplit("/", 1)[-1])
    return _NUMBERS.sub("<n>", _CHUNK_HASH.sub("", basename))


def frame_key(frame: Frame, language: str = "other") -> Key:
    """The frame as it counts: module or file name, function, and the source line of scripting languages."""
    get = frame.get
    context = get("context")
    return _key(
        language,
        get("module"),
        get("function"),
        get("file"),
        get("package"),
        context.get("line") if context else None,
        language == "javascript" and ("://" in (get("abs_path") or "") or "://" in (get("file") or "")),
    )


def counts(frame: Frame, language: str) -> bool:
    """Whether the frame counts before any rule: not what only some browsers show."""
    if language != "javascript":
        return True
    return (frame.get("file") or frame.get("abs_path")) not in _NO_CODE and frame.get("function") not in _EVALUATED


def relevant_frames(flags: Iterable[bool | None]) -> bool | None:
    """Which frames count: True, those in the app; None, all but known libraries; False, all, as there are no others."""
    best: bool | None = False
    for in_app in flags:
        if in_app:
            return True
        if in_app is None:
            best = None
    return best


def collapse(keys: list[str], *, endless: bool = False) -> list[str]:
    """`keys` with recursion taken once, also where up to four functions call each other in turn.

    Args:
        keys: of the frames, the outermost first.
        endless: the stack ran over: only how it got into the recursion counts, not where in it that happened.
    """
    if len(set(keys)) == len(keys):
        return keys
    kept: list[str] = []
    seen: set[str] = set()
    for key in keys:
        kept.append(key)
        if key not in seen:  # nothing ends here that has been before
            seen.add(key)
            continue
        for period in range(1, min(_MAX_PERIOD, len(kept) // 2) + 1):
            if kept[-period:] == kept[-2 * period : -period]:
                del kept[-period:]
                if endless:
                    return kept
                break
    return kept
