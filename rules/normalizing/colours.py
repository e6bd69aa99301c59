"""Colours, which loggers write for terminals."""

import re

__all__ = ["without_colours"]

# https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (control sequences, 5.4)
_SEQUENCE = re.compile(r"\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]")


def without_colours(text: str) -> str:
    """The text without a terminal's control sequences."""
    return _SEQUENCE.sub("", text) if "\x1b" in text else text
