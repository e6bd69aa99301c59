"""What a stack trace in a text says."""

from dataclasses import dataclass
from typing import Any

__all__ = ["MAX_LINE_READ", "ParsedTrace", "frame", "split_type"]

MAX_LINE_READ = 2_048  # characters of one line that are looked at, so that no line can take long


@dataclass(slots=True, frozen=True, kw_only=True)
class ParsedTrace:
    """A trace found in a text. Exceptions and frames are plain objects with ErrorEvent's field names."""

    language: str
    exceptions: list[dict[str, Any]]  # the first cause first, what was raised last
    before: str  # the text in front of the trace, without surrounding white space
    after: str
    text: str  # the trace itself


def frame(**fields: Any) -> dict[str, Any]:
    """A frame of the fields that are known."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def split_type(name: str) -> tuple[str, str | None]:
    """`java.lang.Error` as its type and the module that defines it."""
    module, _, short = name.rpartition(".")
    return (short, module or None) if short else (name, None)
