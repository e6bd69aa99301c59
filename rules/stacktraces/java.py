"""Stack traces of the JVM (Java, Kotlin, Scala): causes, suppressed ones, `... n more`, module and loader prefixes."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, frame, split_type

__all__ = ["read"]

_TYPE = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$")
_THREAD = re.compile(r'Exception in thread "[^"]{0,200}" ')
_MORE = re.compile(r"\.\.\. (\d{1,6}) (?:more|common frames omitted)")
_SOURCES = (".java", ".kt", ".kts", ".scala", ".groovy", ".clj", ".cljc", "SourceFile", "Unknown Source")
_NAMED = ("Exception", "Error", "Throwable")
_CAUSES = ("Caused by: ", "Suppressed: ", "Wrapped by: ")
_HEADER_LINES = 30  # that a message may go on for
_MAX_CHAIN = 100  # exceptions read of one trace, and
_MAX_FRAMES = 2_000  # frames of each: a made-up trace cannot grow without bound by `... n more`
_LANGUAGES = {".kt": "kotlin", ".kts": "kotlin", ".scala": "scala", ".groovy": "groovy", ".clj": "clojure"}


def read(lines: list[str]) -> ParsedTrace | None:
    """The first trace of the JVM."""
    first = next((index for index, line in enumerate(lines) if "at " in line and _frame(line) is not None), None)
    if first is None:
        return None
    start, front, header = _header(lines, first)
    chain = [_Thrown(header, kind="", indent=0)]
    end = first
    while end < len(lines) and (taken := _take(lines, end, chain)):
        end += taken
    return ParsedTrace(
        language=_language(chain),
        exceptions=_ordered(chain),
        before="\n".join([*lines[:start], front]).strip(),
        after="\n".join(lines[end:]).strip(),
        text="\n".join([header, *lines[first:end]]) if header else "\n".join(lines[first:end]),
    )


class _Thrown:
    """One exception of the trace while it is read: its frames as printed, the innermost first."""

    def __init__(self, header: str, kind: str, indent: int) -> None:
        self.header = header
        self.kind = kind
        self.indent = indent
        self.frames: list[dict[str, Any]] = []
        self.more = 0

    def as_exception(self) -> dict[str, Any]:
        name, _, value = self.header.partition(":")
        kind, module = split_type(name.strip())
        return frame(
            type=kind,
            module=module,
            value=value.strip(),
            mechanism="suppressed" if self.kind == "Suppressed: " else None,
        ) | {"frames": self.frames[::-1]}


def _header(lines: list[str], first: int) -> tuple[int, str, str]:
    """Above the first frame: the line with the type, what stands before it there, and `Type: message` in full."""
    for index in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[index][:MAX_LINE_READ]
        position = _raised_at(line)
        if position is not None:
            header = "\n".join([line[position:].strip(), *lines[index + 1 : first]])
            return index, _THREAD.sub("", line[:position]), header.removeprefix("Caused by: ")
    return first, "", ""


def _raised_at(line: str) -> int | None:
    """Where on the line `package.Type: message` begins."""
    thread = _THREAD.match(line)
    begin = thread.end() if thread else len(line) - len(line.lstrip())
    name = line[begin:].removeprefix("Caused by: ").partition(":")[0].strip()
    if _TYPE.match(name) and ("." in name or name.endswith(_NAMED)):
        return begin
    position = 0
    for word in line.split(" "):
        name = word.rstrip(":")
        if "." in name and name.endswith(_NAMED) and _TYPE.match(name):
            return position
        position += len(word) + 1
    return None


def _take(lines: list[str], at: int, chain: list[_Thrown]) -> int:
    """Read the next line into the chain; how many lines that were, 0 at the end of the trace."""
    line = lines[at][:MAX_LINE_READ]
    words = line.strip()
    call = _frame(line)
    if call is not None:
        chain[-1].frames.append(call)
        return 1
    more = _MORE.match(words)
    if more:
        _share(chain, int(more[1]))
        return 1
    if words.startswith("[CIRCULAR REFERENCE"):
        return 1
    cause = next((word for word in _CAUSES if words.startswith(word)), None)
    if cause is None or len(chain) == _MAX_CHAIN:
        return 0
    after = _next_call(lines, at + 1)
    header = "\n".join(
        [words.removeprefix(cause).removeprefix("[CIRCULAR REFERENCE: ").rstrip("]"), *lines[at + 1 : after]]
    )
    chain.append(_Thrown(header, cause, len(line) - len(line.lstrip())))
    return after - at


def _next_call(lines: list[str], start: int) -> int:
    """Where the frames below a cause begin, past the lines of its message."""
    for index in range(start, min(start + _HEADER_LINES, len(lines))):
        words = lines[index].strip()
        if words.startswith((*_CAUSES, "at ", "... ")):
            return index
    return start


def _share(chain: list[_Thrown], count: int) -> None:
    """`... n more`: the outer n frames are those of the exception around this one."""
    this = chain[-1]
    deepest = this.indent - 1 if this.kind == "Suppressed: " else this.indent
    around = next((other for other in chain[-2::-1] if other.indent <= deepest), None)
    if around is not None and count and len(this.frames) < _MAX_FRAMES:
        this.frames.extend(around.frames[-min(count, _MAX_FRAMES) :])


def _ordered(chain: list[_Thrown]) -> list[dict[str, Any]]:
    """The first cause first. A suppressed exception lies before the one that suppressed it."""
    wrapped = any(
        thrown.kind == "Wrapped by: " for thrown in chain
    )  # logback's rootCause printing: in our order already
    return [thrown.as_exception() for thrown in (chain if wrapped else reversed(chain))]


def _frame(line: str) -> dict[str, Any] | None:
    """`at module/package.Class.method(File.java:12) ~[jar:version]`."""
    words = line[:MAX_LINE_READ].strip()
    opening = words.find("(")
    if not words.startswith("at ") or opening < 0 or words[opening - 1] == " ":
        return None
    source, closed, tail = words[opening + 1 :].partition(")")
    file, _, number = source.rpartition(":") if source[-1:].isdecimal() and ":" in source else (source, "", "")
    if not closed or "/" in file or not (number.isdecimal() or source == "Native Method" or file.endswith(_SOURCES)):
        return None
    package, name = _without_module(words[3:opening])
    module, _, function = name.rpartition(".")
    if not module:
        return None
    return frame(
        function=function,
        module=module,
        file=None if file in ("Native Method", "Unknown Source") else file,
        line=int(number) if number and len(number) < 10 else None,  # noqa: PLR2004 digits of a line number
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


def _language(chain: list[_Thrown]) -> str:
    """By the source of the innermost frames that name one."""
    for thrown in chain:
        for call in thrown.frames:
            file = call.get("file", "")
            suffix = file[file.rfind(".") :] if "." in file else ""
            if suffix in _LANGUAGES:
                return _LANGUAGES[suffix]
    return "java"
