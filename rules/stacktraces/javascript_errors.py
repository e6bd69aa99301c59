"""The errors of a JavaScript stack: the one that was thrown, and those that Node prints among its properties."""

import re
from typing import Any

from rules.stacktraces.javascript_calls import Call
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, MAX_STACK, Thrown, in_order

__all__ = ["RAISED", "Errors", "starts_error"]

_NAME = r"[A-Z$_][\w$.]{0,200}"
RAISED = re.compile(rf"(?:Uncaught )?(?:\(in promise\) )?({_NAME})(?: \[([\w-]{{1,80}})\])?(?:: ?(.*))?$", re.DOTALL)
_SAME = re.compile(r"\.\.\. (\d{1,6}) lines matching cause stack trace \.\.\.")
_CAUSE = "[cause]: "
_CAUSED = re.compile(r"\s{0,8}[Cc]aused by: ")  # Deno, and loggers
_LIST = re.compile(r"\s{0,200}\[?errors\]?: \[$")
_MEMBER = re.compile(rf"\[?({_NAME}(?:Error|Exception)|Error)(?: \[[\w-]{{1,80}}\])?(?::|\]?,?$)")
_MESSAGE_LINES = 30
_PROPERTY_LINES = 200  # without an error among them


class _Error:
    """One error while it is read: its frames as printed, the innermost first."""

    def __init__(self, header: str, indent: int) -> None:
        raised = RAISED.match(header)
        value = (raised[3] if raised else header) or ""
        self.thrown = Thrown(type=raised[1] if raised else None, value=value.strip())
        self.indent = indent
        self.frames: list[dict[str, Any]] = []
        self.same: tuple[int, int] | None = None  # where lines of the cause's stack were left out, and how many

    def restore(self, cause: "_Error") -> None:
        """Put back the frames that Node left out because the cause's stack has them."""
        if self.same is None:
            return
        place, count = self.same
        following = self.frames[place] if place < len(self.frames) else None
        end = cause.frames.index(following) if following in cause.frames else len(cause.frames)
        self.frames[place:place] = cause.frames[max(end - count, 0) : end]


class Errors:
    """One pass over the lines of a stack and of the properties below it."""

    def __init__(self, lines: list[str], header: str, indent: int, call: Call) -> None:
        self.lines = lines
        self.call = call
        self.read = [_Error(header, indent)]
        self._list: int | None = None  # the indentation of the list of errors that the lines are in

    def run(self, at: int, *, within: bool = False) -> int:
        """Read from the line `at` on: the first line after the trace.

        within: whether properties are open already.
        """
        at = self._calls(at)
        open_at = within or (at > 0 and self.lines[at - 1].rstrip().endswith("{"))
        last = at
        while at < len(self.lines) and len(self.read) < MAX_CHAIN:
            line = self.lines[at][:MAX_LINE_READ]
            words, indent = line.strip(), len(line) - len(line.lstrip())
            found = self._begins(line, words, indent, within=open_at)
            if found is not None:
                at = last = self._begin(at, *found)
                open_at = open_at or self.lines[at - 1].rstrip().endswith("{")
            elif open_at and words == "}" and indent <= self.read[0].indent:
                return at + 1
            elif not open_at or at - last > _PROPERTY_LINES:
                break
            else:
                self._list = indent if _LIST.match(line) else self._list
                at += 1
        return last

    def _calls(self, at: int) -> int:
        error = self.read[-1]
        while at < len(self.lines):
            found = self.call(self.lines[at])
            same = None if found else _SAME.match(self.lines[at].strip())
            if found is not None:
                error.frames += [found] if len(error.frames) < MAX_STACK else []
            elif same:
                error.same = (len(error.frames), int(same[1]))
            else:
                break
            at += 1
        return at

    def _begins(self, line: str, words: str, indent: int, *, within: bool) -> tuple[str, str, int] | None:
        """The header, the relation and the indentation of an error that begins on the line."""
        if within and words.startswith(_CAUSE):
            return words[len(_CAUSE) :], "cause", indent
        if within and self._list is not None and indent == self._list + 2 and _MEMBER.match(words):
            return words.strip("[],"), "member", indent
        if within and words.startswith("[errors]: [ ") and _MEMBER.match(words[12:]):
            return words[12:].strip("[],"), "member", indent
        caused = _CAUSED.match(line)
        return (line[caused.end() :].rstrip(), "cause", self.read[-1].indent + 1) if caused else None

    def _begin(self, at: int, header: str, relation: str, indent: int) -> int:
        below = self._below(at + 1)
        said = [header.removesuffix(" {"), *(line.strip() for line in self.lines[at + 1 : below])]
        made = _Error("\n".join(said), indent)
        parent = next((one for one in reversed(self.read) if one.indent < indent), self.read[0])
        made.thrown.parent, made.thrown.relation = parent.thrown, relation
        parent.thrown.is_group = parent.thrown.is_group or relation == "member"
        self.read.append(made)
        return self._calls(below)

    def _below(self, start: int) -> int:
        """Where the frames below a header begin, past the lines of its message."""
        for index in range(start, min(start + _MESSAGE_LINES, len(self.lines))):
            words = self.lines[index].strip()
            if self.call(self.lines[index]) is not None:
                return index
            if words in ("}", "},", "]", "") or words.endswith((",", "{")):
                break
        return start

    def ordered(self) -> list[Thrown]:
        """Each error behind its causes and members."""
        for error in reversed(self.read):  # a cause's own frames first: it is printed below
            cause = next(
                (one for one in self.read if one.thrown.parent is error.thrown and one.thrown.relation == "cause"), None
            )
            if cause is not None:
                error.restore(cause)
        for error in self.read:
            error.thrown.frames = error.frames[::-1]
        return in_order([error.thrown for error in self.read])


def starts_error(words: str) -> bool:
    """Whether the words begin with an error's name."""
    return _MEMBER.match(words) is not None
