"""What a format is: how its records are known, and how they are read into drafts.

There are three kinds, by what a record is before it is read: a JSON object, a text that is no JSON, or bytes that only
the format itself can take apart. A parser raises `Unreadable` where there is nothing to be read, `NotAnError` where the
record is understood and no error. What it gives need not be bounded, masked or complete: that is done for all.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rules.coercing import Remarks
from rules.normalizing.draft import Draft

__all__ = ["BytesFormat", "ObjectFormat", "Record", "TextFormat"]

Record = dict[str, Any]


class ObjectFormat(NamedTuple):
    """A JSON object.

    name: what the draft's `format` and a hint say: lower case, words joined by `-`.
    marks: top-level keys; a record of the format has at least one of them.
    detect: whether a record that has one of the marks is of the format: cheap, and certain.
    parse: the errors in the record; mostly one.
    """

    name: str
    marks: frozenset[str]
    detect: Callable[[Record], bool]
    parse: Callable[[Record, Remarks], list[Draft]]


class TextFormat(NamedTuple):
    """A text that is no JSON.

    detect: looks at its beginning only.
    starts: the characters that it may begin with; with any, where there are none.
    """

    name: str
    detect: Callable[[str], bool]
    parse: Callable[[str, Remarks], list[Draft]]
    starts: str = ""


class BytesFormat(NamedTuple):
    """Bytes that are neither one JSON value nor a text.

    content_types: those that stand for the format, without parameters.
    detect: whether bytes without such a content type are of it; only asked where they are no JSON value.
    """

    name: str
    content_types: frozenset[str]
    detect: Callable[[bytes], bool]
    parse: Callable[[bytes, Mapping[str, bytes], Remarks], list[Draft]]
