"""Calls in the stacks of the JVM."""

from collections.abc import Iterable
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, Thrown, frame, number

__all__ = ["language", "read_call"]

_SOURCES = (".java", ".kt", ".kts", ".scala", ".groovy", ".clj", ".cljc", "SourceFile", "Unknown Source")
_LANGUAGES = {
    ".kt": "kotlin", ".kts": "kotlin", ".scala": "scala", ".groovy": "groovy", ".clj": "clojure", ".cljc": "clojure",
}  # fmt: skip


def read_call(line: str) -> dict[str, Any] | None:
    """`at module/package.Class.method(File.java:12) ~[jar:version]`."""
    words = line[:MAX_LINE_READ].strip()
    opening = words.find("(")
    if not words.startswith("at ") or opening < 0 or words[opening - 1] == " ":
        return None
    source, closed, tail = words[opening + 1 :].partition(")")
    file, _, digits = source.rpartition(":") if source[-1:].isdecimal() and ":" in source else (source, "", "")
    if not closed or "/" in file or not (digits.isdecimal() or source == "Native Method" or file.endswith(_SOURCES)):
        return None
    package, name = _without_module(words[3:opening])
    module, _, function = name.rpartition(".")
    if not module:
        return None
    return frame(
        function=function,
        module=module,
        file=None if file in ("Native Method", "Unknown Source") else file,
        line=number(digits),
        package=tail.strip(" ~[]") or package,
    )


def _without_module(name: str) -> tuple[str | None, str]:
    """`app//`, `java.base@17/` and the like before the class; a lambda's class has a slash of its own."""
    package = None
    while "/" in name:
        prefix, _, rest = name.partition("/")
        if "$$Lambda" in prefix:
            break
        package, name = prefix or package, rest
    return package, name


def language(thrown: Iterable[Thrown]) -> str:
    """By the source of the innermost frames that name one, of what was raised before its causes."""
    for one in reversed(list(thrown)):
        for call in reversed(one.frames):
            file = call.get("file", "")
            suffix = file[file.rfind(".") :] if "." in file else ""
            if suffix in _LANGUAGES:
                return _LANGUAGES[suffix]
    return "java"
