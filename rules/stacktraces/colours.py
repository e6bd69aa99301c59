"""Colours and other controls of terminals, taken out of a text."""

import re

__all__ = ["without_colours"]

# ECMA-48, 5.4: control sequences; and links, as terminals take them (OSC 8).
_ESCAPES = re.compile(
    "\x1b(?:\\[[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]|\\]8;[^\x1b\x07\n]{0,2048}(?:\x1b\\\\|\x07))|\x9b[0-9;]{0,32}m"
)
_ESCAPED = re.compile(
    r"(?:#033|\^\[|\\u001[bB]|\\x1[bB]|\\e|\\033)\[[0-9;]{0,32}[mK]"
)  # as syslog daemons and encoders write them


def without_colours(text: str) -> str:
    """The text itself, where there are none."""
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    if "[0m" in text or "[m" in text:
        text = _ESCAPED.sub("", text)
    return text
