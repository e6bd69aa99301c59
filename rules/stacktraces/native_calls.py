"""Single calls in the stacks of native code."""

import re
from typing import Any

from rules.stacktraces.parsed import frame, number

__all__ = ["boost", "gdb", "glog", "symbols"]

_GDB = re.compile(r"\s{0,20}#(\d{1,5}) {1,3}(?:(0x[0-9a-f]{1,16}) (?:in )?)?(\S.{0,2000})$")
_LINE_AT_END = re.compile(r":(\d{1,9})$")
_FROM = re.compile(r" from (\S{1,1000})$")
_COREDUMP = re.compile(r"(\S.{0,500}) \(([^\s()]{1,300}) \+ 0x[0-9a-f]{1,16}\)$")
_BOOST = re.compile(r"\s{0,3}\d{1,4}# (?:(0x[0-9A-Fa-f]{1,16}))?((?: in )?.{0,1900})$")
_GLOG = re.compile(r"\s{0,8}@ {1,16}(0x[0-9a-f]{1,16}) {1,16}(?:\d{1,8} {1,4})?(\S.{0,1500})$")
_SYMBOL = re.compile(
    r"(?:\[bt\] ?|\[\d{1,4}\] ?)?(\S{1,500}?)\(([^()+]{0,1000})(?:\+0x[0-9a-f]{1,16})?\) ?\[(0x[0-9a-f]{1,16})\]$"
)


def gdb(line: str) -> dict[str, Any] | None:
    """`#1  0x00007f in function (argument=1) at file:12` or `… from library`.

    systemd writes `#1  0x7f function (library + 0x1)`.
    """
    found = _GDB.match(line)
    if found is None:
        return None
    rest = found[3]
    called, file, number_ = _placed(rest)
    library = _FROM.search(rest) if file is None else None
    if library is not None:
        called = rest[: library.start()]
    if core := _COREDUMP.match(rest):
        return frame(function=_known(core[1]), package=core[2], address=found[2]) if found[2] else None
    function = _called(called)
    if function is None:
        return None
    package = library[1] if library else None
    return frame(function=_known(function), file=file, line=number_, package=package, address=found[2])


def _placed(rest: str) -> tuple[str, str | None, int | None]:
    """A call, and the file and line behind ` at ` at its end."""
    digits = _LINE_AT_END.search(rest, max(len(rest) - 11, 0))
    begin = rest.rfind(" at ", 0, digits.start()) if digits else -1
    if digits is None or begin < 0:
        return rest, None, None
    return rest[:begin], rest[begin + 4 : digits.start()], number(digits[1])


def _called(rest: str) -> str | None:
    """The function before its arguments; they stand in the last parentheses that a space precedes."""
    if rest == "<signal handler called>":
        return rest
    begin = rest.find(" (")
    return rest[:begin] if begin > 0 and rest.endswith(")") else None


def _known(name: str) -> str | None:
    return None if name in ("??", "n/a") else name


def boost(line: str) -> dict[str, Any] | None:
    """` 1# function at file:12`, ` 1# function in library`, or an address alone."""
    found = _BOOST.match(line)
    if found is None or not (found[1] or found[2]):
        return None
    function, file, number_ = _placed(found[2])
    function, within, package = (function.removeprefix(" in "), "", "") if file else function.rpartition(" in ")
    if not within and not file:
        function, package = package, ""
    return frame(function=function, file=file, line=number_, package=package, address=found[1])


def glog(line: str) -> dict[str, Any] | None:
    """`    @     0x55d0c2 function`, of glog and Abseil."""
    found = _GLOG.match(line)
    return frame(function=None if found[2] == "(unknown)" else found[2], address=found[1]) if found else None


def symbols(line: str) -> dict[str, Any] | None:
    """`./program(_Zfunction+0x1a) [0x400]`, of glibc."""
    found = _SYMBOL.match(line)
    return frame(function=found[2], package=found[1], address=found[3]) if found else None
