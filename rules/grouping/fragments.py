"""Data within a message: JSON, what languages print of their objects and maps. Each becomes one parameter."""

import re

__all__ = ["fold_fragments"]

_BEGINS = re.compile(r"[{\[]\s{0,4}(?:[\"'{\[]|\d+\s{0,4}[,:])|[{\[]\s{0,4}\w{1,80}=|\bmap\[")
_PAIRS = {"{": "}", "[": "]"}
_SHORTEST = 5  # characters; `[17]` is an index, `{id}` a template's


def fold_fragments(text: str) -> str:
    """`text` with `<data>` for each fragment that is closed, or cut off by the text's end."""
    if "{" not in text and "[" not in text:
        return text
    made: list[str] = []
    done = 0
    for found in _BEGINS.finditer(text):
        if found.start() < done:
            continue
        opened = text.index("[", found.start()) if found[0].startswith("map") else found.start()
        end = _end(text, opened)
        if end - opened >= _SHORTEST:
            made += text[done : found.start()], "<data>"
            done = end
    made.append(text[done:])
    return "".join(made)


def _end(text: str, start: int) -> int:
    """Where the bracket at `start` is closed; the text's end where it is not. Quoted brackets are none."""
    expected = []
    quote = ""
    skip = False
    for at in range(start, len(text)):
        char = text[at]
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'" and (char == '"' or not text[at - 1].isalnum()):
            quote = char
        elif char in _PAIRS:
            expected.append(_PAIRS[char])
        elif char in "}]":
            if char != expected.pop():
                return start  # no data
            if not expected:
                return at + 1
    return len(text)
