"""What of a frame tells one error from another: not its line number, no address, no generated suffix."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

__all__ = ["clean_type", "collapse", "frame_key", "relevant_frames"]

Frame = dict[str, Any]

_CACHED = 16_384  # frames come again and again
_MAX_CONTEXT = 120  # longer lines are minified code
_MAX_PERIOD = 4  # of functions that call each other

# Source lines tell calls of one function apart where function names say little: scripting languages, as Sentry does.
_SCRIPTS = (".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".php", ".rb")

_SPACE = re.compile(r"\s+")
_CHUNK_HASH = re.compile(r"[.\-_](?=[0-9a-zA-Z]*\d)[0-9a-zA-Z]{8,32}(?=\.)|[?#].*")
_GENERATED = (
    (re.compile(r"0x[0-9a-fA-F]+|@[0-9a-f]{4,16}\b"), ""),  # addresses
    (
        re.compile(r"\$\$(?:Lambda|EnhancerBy|FastClassBy|SpringCGLIB|KeyFactoryBy).*"),
        "$$",
    ),  # JVM: proxies made at run time
    (re.compile(r"_\$\$_.*|\$HibernateProxy\$.*|\$ByteBuddy\$.*|\$MockitoMock\$.*"), "$$"),
    (re.compile(r"\$Proxy\d+"), "$Proxy"),
    (re.compile(r"Generated(Method|Constructor|SerializationConstructor)Accessor\d+"), r"Generated\1Accessor"),
    (re.compile(r"\$anonfun\$(\w+)\$\d+"), r"\1"),  # Scala
    (re.compile(r"lambda\$(\w+)\$\d+"), r"lambda$\1"),  # Java
    (re.compile(r"\$\d+"), "$"),  # anonymous classes
    (re.compile(r"::h[0-9a-f]{16}$"), ""),  # Rust
    (re.compile(r"\.func\d+(?:\.\d+)*"), ".func"),  # Go
    (re.compile(r"<(\w+)>[a-z]__\d+(?:_\d+)?(?:\.MoveNext)?"), r"\1"),  # C#: lambdas, async methods
    (re.compile(r"^(?:block (?:\(\d+ levels\) )?|rescue |ensure )in "), ""),  # Ruby
    (re.compile(r"closure #\d+"), "closure"),  # Swift
    (re.compile(r"class@anonymous.*"), "class@anonymous"),  # PHP
    (re.compile(r"^(?:async |new |Object\.|Module\.|global\.)+"), ""),  # JavaScript
)
_MAYBE_GENERATED = re.compile(
    r"0x|[@$<#]|::h|\.func\d|Generated|(?:block|rescue|ensure|async|new) |(?:Object|Module|global)\."
)
_NAMELESS = frozenset({"", "?", "<anonymous>", "anonymous", "<unknown>", "(anonymous)", "{closure}"})


@lru_cache(_CACHED)
def _clean(name: str) -> str:
    if _MAYBE_GENERATED.search(name):
        for pattern, by in _GENERATED:
            name = pattern.sub(by, name)
    return "?" if name in _NAMELESS else name


clean_type = _clean


@lru_cache(_CACHED)
def _key(module: str | None, function: str | None, file: str | None, line: str | None) -> str:
    basename = (file or "").replace("\\", "/").rsplit("/", 1)[-1]
    where = _clean(module) if module else _CHUNK_HASH.sub("", basename)
    parts = [where, _clean(function or "")]
    script = basename.partition("?")[0].endswith(_SCRIPTS)
    if line and script and len(line) <= _MAX_CONTEXT and (source := _SPACE.sub(" ", line).strip()):
        parts.append(source)
    return "|".join(parts)


def frame_key(frame: Frame) -> str:
    """The frame as it counts: module or file name, function, and the source line of scripting languages."""
    get = frame.get
    context = get("context")
    return _key(get("module"), get("function"), get("file"), context.get("line") if context else None)


def relevant_frames(exceptions: Iterable[dict[str, Any]]) -> bool | None:
    """Which frames count: True, those in the app; None, all but known libraries; False, all, as there are no others."""
    best: bool | None = False
    for exception in exceptions:
        for frame in exception.get("frames") or ():
            in_app = frame.get("in_app")
            if in_app:
                return True
            if in_app is None:
                best = None
    return best


def collapse(keys: list[str]) -> list[str]:
    """`keys` with recursion taken once, also where up to four functions call each other in turn."""
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
                break
    return kept
