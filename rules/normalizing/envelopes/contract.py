"""What an envelope is: how it is known, and how it is opened."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rules.normalizing.contract import Record
from rules.normalizing.draft import Draft

__all__ = ["Envelope", "Opened"]


class Opened(NamedTuple):
    """One record that lay in an envelope.

    inner: an object, a list of objects, or a line of text, which may be JSON.
    context: what the envelope says about it, under ErrorEvent's field names: it counts where the record says nothing.
    """

    inner: Any
    context: Draft


class Envelope(NamedTuple):
    """An object around others.

    marks: top-level keys; an envelope of the kind has at least one of them. They should be rare in other records.
    detect: whether an object that has one of the marks is of the kind: cheap, and certain.
    open: what lies in it. Raises `NotAnError` where that is known to be no error.
    form: what the `format` of an event is called whose record had none of its own; None: by what it is, text or JSON.
    """

    marks: frozenset[str]
    detect: Callable[[Record], bool]
    open: Callable[[Record], list[Opened]]
    form: str | None = None
