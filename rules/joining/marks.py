"""What a single line says of the trace that it may be of, by its first characters."""

import re
from enum import IntEnum

__all__ = ["LINKS", "LOG_LINE", "RAISED", "Mark", "mark_of", "may_begin", "may_continue"]


class Mark(IntEnum):
    """Kinds of lines."""

    OTHER = 0
    MENTION = 1  # speaks of an error: may introduce its trace
    HEADER = 2  # `package.Type: message`
    BEGIN = 3  # begins a trace that goes on below
    LINK = 4  # says how the next traceback hangs together with the one above
    TRACE = 5  # within a trace; one that was cut off above begins with it
    RUBY = 6  # `file:1:in 'method': message (Type)`: begins a trace, or goes on with a cause
    INDENTED = 7  # goes on with a trace
    CLOSING = 8  # goes on with a trace, where there is one


LINKS = (
    "During handling of the above exception",
    "The above exception was the direct cause",
)
_TRACE = (  # as the lines of a trace begin, for the cheap test; _WITHIN_TRACE is exact
    "at ", "Caused by:", "Suppressed:", "Wrapped by:", "---> ", "--- End of ", 'File "', "> File ", "goroutine ",
    "** (", "#", "note: run with", "stack backtrace:", "Stack backtrace:", "Stack trace:", "[stacktrace]",
    "[previous exception]", "[cause]: ", "what():", "in function ", "in call from ", "Error in process ", "...",
    "from ", "[0x", "./", "/",
)  # fmt: skip
_WITHIN_TRACE = re.compile(
    r"at (?:(?:async|new|get|set) )?(?:[^\s()]{1,500}(?: \[as [^\]\s]{1,100}\])? ?\(|\S{1,500}:\d{1,9}(?: \{|,)?$)"
    r"|Caused by:|Suppressed:|Wrapped by:|---> |--- End of |>? ?File \"[^\"]{1,500}\", line \d|goroutine \d|\*\* \("
    r"|#\d{1,5}:? {1,4}(?:\{main|\S.{0,500}?(?:\(|0x| in | at ))|note: run with|[Ss]tack backtrace:|Stack trace:"
    r"|\[stacktrace\]|\[previous exception\]|\[cause\]: |what\(\): |in (?:function|call from) {1,4}\S|Error in process "
    r"|\.\.\. ?\d{1,6} (?:more|common|lines|levels)|from \S{1,500}:\d{1,9}:in |\S{1,500}\.(?:go|s):\d{1,9}(?: \+0x|$)"
)
_NUMBERED = re.compile(r"\d{1,4}: ")  # calls of Rust
_MARKED = re.compile(r"[~^]*\^[~^]*$")  # what in the line of source above is meant
_BEGIN = (
    "Traceback (most", "Stack (most", "Exception in thread", "Unhandled exception", "Unhandled Exception", "panic: ",
    "fatal error: ", "thread '", "terminate called", "libc++abi: ", "PHP Fatal", "Fatal error: ", "Fatal Python error",
    "Program received", "SIGSEGV: ", "SIGABRT: ", "Uncaught ", "FATAL EXCEPTION", "*** SIG", "*** Aborted",
    "WARNING: DATA RACE", "The application panicked", "AddressSanitizer:DEADLYSIGNAL", "WARNING: ThreadSanitizer: ",
    "=CRASH REPORT", "=ERROR REPORT", "+ Exception Group Traceback", "╭",
)  # fmt: skip
_WITHIN = ("Traceback (most recent call last)", "Uncaught ", "Sanitizer: ", "panicked at ", "** (")
_CLOSING = (
    "created by ", "}", "Node.js v", "Bun v", "exit status ", "SUMMARY: ", "==", "[signal ", "Next ",
    "Current thread", "Thread 0x", '"""', "note: ", "Run with ", "Backtrace omitted", "Found ",
    "ThreadSanitizer: reported",
)  # fmt: skip
_NAMED = (
    "Error", "Exception", "Failure", "Throwable", "Interrupt", "Warning", "Exit", "Fault", "Timeout", "NotFound",
    "RemoteTraceback",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z_$\\][\w.$\\:]{0,200}(?: \[\w{1,60}\])?$")
_PLACE = re.compile(r"(?:/|file:|node:|[A-Z]:\\)\S{1,500}:\d{1,9}$")  # above the line of source that Node prints
RAISED = re.compile(r"[A-Za-z_][\w.]{0,200}(?:: .*)?$")
LOG_LINE = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d|\[?\d\d:\d\d:\d\d|\{\"|(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b|[DIWEFA], \["
)
_FIRST = frozenset(text[0] for text in (*_TRACE, *_BEGIN, *_CLOSING, *LINKS)) | frozenset("^~")
_SPACES = frozenset(" \t│╰\u3000\xa0")  # Rich draws boxes
_CONTINUING = (*_TRACE, *LINKS, *_CLOSING, "^", "~")
_LONGEST = 2_048  # characters that are looked at
_NAME_LENGTH = 256  # of a type


def may_begin(text: str) -> bool:
    """A cheap test: whether the line may introduce a trace, name its error, or be its first."""
    space = text.find(" ")
    return space < 0 or text[space - 1] == ":" or _mentions(text) or (text[:1] in _FIRST and text.startswith(_BEGIN))


def may_continue(text: str) -> bool:
    """A cheap test: whether the line may go on with a trace that another began."""
    first = text[:1]
    return first in _SPACES or (first in _FIRST and text.startswith(_CONTINUING)) or ":in " in text


def mark_of(text: str) -> Mark:
    """What the line is by itself."""
    first = text[:1]
    if first in _SPACES:
        return _indented(text.strip())
    mark = _marked(text) if first in _FIRST else None
    return _mark_within(text[:_LONGEST]) if mark is None else mark


def _mark_within(text: str) -> Mark:
    """What a line is by more than its first characters."""
    if (":in `" in text or ":in '" in text) and ":in " in text:
        return Mark.RUBY if text.rstrip().endswith(")") else Mark.TRACE
    if _is_header(text):
        return Mark.HEADER
    if _mentions(text):
        return Mark.BEGIN if any(word in text for word in _WITHIN) else Mark.MENTION
    if " " in text:
        return Mark.OTHER
    if _PLACE.match(text):
        return Mark.BEGIN
    return Mark.MENTION if "." in text else Mark.OTHER  # a function of Go, say


def _mentions(text: str) -> bool:
    """Whether the line speaks of an error: some part of a word that all ways to say so have."""
    return (  # `any` over a tuple takes several times as long
        "rror" in text
        or "xception" in text
        or "fail" in text
        or "ERROR" in text
        or "Fail" in text
        or "FATAL" in text
        or "SEVERE" in text
        or "CRIT" in text
        or "anic" in text
        or "rash" in text
        or "ermin" in text
        or "raceback" in text
    )


def _indented(words: str) -> Mark:
    if words.startswith("+ Exception Group Traceback"):
        return Mark.BEGIN
    words = words[:_LONGEST]
    return Mark.TRACE if _WITHIN_TRACE.match(words) or _NUMBERED.match(words) else Mark.INDENTED


def _marked(text: str) -> Mark | None:
    if _WITHIN_TRACE.match(text[:_LONGEST]):
        return Mark.TRACE
    if text.startswith(_BEGIN):
        return Mark.BEGIN
    if text.startswith(LINKS):
        return Mark.LINK
    if text.startswith(_CLOSING):
        return Mark.BEGIN if text[:2] == "==" and "Sanitizer: " in text[:_LONGEST] else Mark.CLOSING
    if "[0x" in text and text.rstrip().endswith("]"):  # glibc's symbols
        return Mark.TRACE
    return Mark.INDENTED if _MARKED.match(text[:_LONGEST]) else None


def _is_header(text: str) -> bool:
    """`Type: message`, or a type alone that says that it is one."""
    space = text.find(": ")
    name = text[:space] if space > 0 else text.rstrip().removesuffix(":")
    if len(name) > _NAME_LENGTH or (" " in name and name[-1] != "]") or _NAME.match(name) is None:
        return False
    short = name.partition(" [")[0].rpartition(".")[2].rpartition("\\")[2]
    return short.endswith(_NAMED) or (space > 0 and "." in name and short[:1].isupper())
