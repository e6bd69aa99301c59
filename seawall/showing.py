"""Records of unknown content, made fit to be shown on a terminal: without control characters, binary ones as a dump."""

import re

__all__ = ["as_text", "harmless", "hexdump"]

WIDTH = 16
# Everything that moves the cursor, colours, or hides: C0 and C1 but tab and newline, and the marks that turn direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def as_text(value: bytes) -> str | None:
    """The value as text; None where it is binary."""
    if b"\x00" in value:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        if error.start < len(value) - 3:  # not merely cut within a character at the end
            return None
        text = value[: error.start].decode()
    return harmless(text)


def harmless(text: str) -> str:
    """The text with what a terminal would obey written out: errors are written by whoever can make a service fail."""
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def hexdump(value: bytes) -> str:
    """Offset, bytes and printable ASCII, 16 bytes a line."""
    lines = []
    for start in range(0, len(value), WIDTH):
        part = value[start : start + WIDTH]
        printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)  # noqa: PLR2004 -- ASCII
        lines.append(f"{start:08x}  {part.hex(' '):<{3 * WIDTH}} {printable}")
    return "\n".join(lines)
