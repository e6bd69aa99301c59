"""Calls in the stacks of JavaScript engines."""

import re
from collections.abc import Callable
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, frame, number

__all__ = ["Call", "gecko", "v8"]

Call = Callable[[str], dict[str, Any] | None]

_PLACELESS = ("<anonymous>", "native", "native code")
_WASM = re.compile(r"(.{1,1000}):(wasm-function\[\d{1,9}\]):(0x[0-9a-fA-F]{1,16})$")
_EVALUATED = re.compile(r" line \d{1,9} > (?:eval|Function).*$")  # Firefox: where code in a text was evaluated
_LONGEST_NAME = 300
_ROOTS = ("/", "\\", ".", "<")


def v8(line: str) -> dict[str, Any] | None:
    """`at [async] [new] function [as name] (file:line:column)`, or without function and parentheses."""
    words = line[:MAX_LINE_READ].strip().removesuffix(" {").removesuffix(",")
    if not words.startswith("at "):
        return None
    words = words[3:].removeprefix("async ")
    if words.endswith(")"):
        function, opened, place = words[:-1].partition(" (")
        return _named(function, place) if opened else None
    if (wasm := _WASM.match(words)) is not None:
        return _wasm(wasm, None)
    placed = any(mark in words for mark in _ROOTS) or words.startswith("node:")
    return _placed(words, None) if placed else None


def _named(function: str, place: str) -> dict[str, Any] | None:
    place = place.removeprefix("address at ")  # Hermes
    if place.startswith("eval at "):
        place = place.rpartition(", ")[2]
    function = function.partition(" [as ")[0].removeprefix("async ")
    if place in _PLACELESS or place.startswith("index "):
        return frame(function=function, file=None if place.startswith("index ") else f"<{place.strip('<>')}>")
    if (wasm := _WASM.match(place)) is not None:
        return _wasm(wasm, function)
    return _placed(place, function)


def gecko(line: str) -> dict[str, Any] | None:
    """`function@file:line:column`; Safari also `global code@…` and `[native code]`."""
    words = line[:MAX_LINE_READ].strip()
    function, at, place = words.partition("@")
    if not at or len(function) > _LONGEST_NAME:
        return None
    function = function.rpartition("*")[2].rstrip("/<")  # `async*`, `setTimeout handler*`
    if " " in function and not function.endswith(" code"):
        return None
    if place == "[native code]":
        return frame(function=function, file="<native code>")
    if (wasm := _WASM.match(place)) is not None and " " not in place:
        return _wasm(wasm, function)
    if (evaluated := _EVALUATED.search(place)) is not None:
        place = place[: evaluated.start()] + ":" + ":".join(place.rsplit(":", 2)[1:])
    if " " in place and not place.startswith("debugger eval code:"):
        return None
    known = (
        "/" in place or ".js" in place or ".bundle" in place or place.startswith("debugger ") or "<anonymous>" in place
    )
    return _placed(place, function) if known else None


def _wasm(found: re.Match[str], function: str | None) -> dict[str, Any]:
    return frame(function=function or found[2], file=found[1], address=found[3])


def _placed(place: str, function: str | None) -> dict[str, Any] | None:
    """`file:line:column`."""
    rest, _, column = place.rpartition(":")
    file, _, line = rest.rpartition(":")
    if not file or number(line) is None or number(column) is None:
        return None
    return frame(function=function, file=file, line=number(line), column=number(column))
