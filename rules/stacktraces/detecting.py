"""Which languages' traces a text may hold, by marks that are found in one pass over it."""

from collections.abc import Callable

import re2

from rules.stacktraces import (
    dotnet,
    elixir,
    erlang,
    go,
    java,
    javascript,
    native,
    php,
    python,
    python_fault,
    ruby,
    rust,
    sanitizers,
)
from rules.stacktraces.parsed import ParsedTrace

__all__ = ["may_hold_trace", "readers"]

Reader = Callable[[list[str]], ParsedTrace | None]

# In the order in which they are tried: what is certain comes before what is likely.
_MARKS: tuple[tuple[Reader, str], ...] = (
    (python_fault.read, r"\(most recent call first\):"),
    (python.read, r"Traceback \(most recent call last\)|File \"[^\"\n]+\", line \d"),
    (go.read, r"\.(?:go|s):\d+(?: \+0x| fp=| \(0x|\s|$)|goroutine \d+ "),
    (
        rust.read,
        r"panicked (?:at |\()|[Ss]tack backtrace:|━ BACKTRACE|Caused by:\s*(?:\n|$)|Error: ?\n[^\n]{0,40}\s0: ",
    ),
    (sanitizers.read, r"Sanitizer: |: runtime error: "),
    (elixir.read, r"\*\* \("),
    (erlang.read, r"exception (?:error|exit|throw): |with exit value:"),
    (php.read, r"Stack trace:|\[stacktrace\]|\[object\] \(| on line (?:<b>)?\d|Uncaught PHP Exception "),
    (ruby.read, r":\d+:in [`']|\(SyntaxError\)"),
    (java.read, r"\bat [\w.$/@<>\[\]-]+\([^()\n]*\)"),
    (dotnet.read, r"\bat [^\s()]+ ?\([^\n]*\)|---> |--- End of"),
    (
        javascript.read,
        r"\bat [^\n]*:\d+:\d+|@[^\n]*:\d|@\[native code\]|\[errors\]: \[|\bat [^\n]*wasm-function|--trace-uncaught",
    ),
    (native.read, r"#\d+ +\S|\d# |0x[0-9a-f]+\]|    @ +0x|terminat(?:e called|ing )|Assertion [`']|\*\*\* |\(\): "),
)
_READERS = tuple(read for read, _ in _MARKS)
# Of one line. A stack has several, escaped ones perhaps; these also tell a place, or how a program ended.
_SINGLE = (
    "\\n",
    "#012",
    ":in ",
    " on line ",
    "panicked at ",
    "[object] (",
    ": runtime error: ",
    "Assertion ",
    "*** ",
    "(): ",
    "Uncaught PHP Exception ",
    " terminat",
)


def _compiled() -> re2.Set:
    made = re2.Set.SearchSet()
    for _, pattern in _MARKS:
        made.Add(f"(?m){pattern}")
    made.Compile()
    return made


_SET = _compiled()


def may_hold_trace(text: str) -> bool:
    """A cheap test that most messages of one line fail."""
    if "\n" in text or "\r" in text:
        return True
    return any(mark in text for mark in _SINGLE)


def readers(text: str) -> list[Reader]:
    """The readers to be tried, in order."""
    try:
        found = _SET.Match(text)
    except UnicodeEncodeError:  # lone surrogates
        found = _SET.Match(text.encode("utf-8", "replace"))
    return [_READERS[index] for index in sorted(found)] if found else []
