"""Records in any format, read into drafts of ErrorEvents: decode, unwrap, detect, parse, bound, complete.

One module a format (`formats/`). Whatever the bytes, the outcome is a list of drafts that ErrorEvent takes, or one of
two errors that say why there is none.
"""

from rules.normalizing.decoding import MAX_RECORD_BYTES
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.reading import MAX_EVENTS, MAX_FIELDS, normalize
from rules.normalizing.registry import format_names

__all__ = [
    "MAX_EVENTS",
    "MAX_FIELDS",
    "MAX_RECORD_BYTES",
    "Draft",
    "NotAnError",
    "Unreadable",
    "format_names",
    "normalize",
]
