"""Records that filters dropped, on their way back into their topic.

They carry `seawall-origin`, as replayed dead letters do, so that their events have the same ids however often they are
sent; and, where only some events of a record were dropped, which ones: the others are stored already.
"""

from collections.abc import Iterable, Sequence

from models.dead import ORIGIN, Headers, Place, origin_of

__all__ = ["ONLY", "headers_again", "ordinals_of"]

ONLY = "seawall-only"  # numbers of the record's events that are meant, from 0, with commas between them
_LONGEST = 100_000  # bytes; more is none of ours


def headers_again(headers: Headers, place: Place, ordinals: Sequence[int] | None) -> list[tuple[str, bytes]]:
    """The headers to send a record with again.

    Args:
        headers: its own.
        place: where it lies.
        ordinals: which of its events are meant; None: all that were meant before.
    """
    kept = [(name, value) for name, value in headers if ordinals is None or name != ONLY]
    if origin_of(headers) is None:
        kept = [(name, value) for name, value in kept if name != ORIGIN]
        kept.append((ORIGIN, str(place).encode()))
    if ordinals is not None:
        kept.append((ONLY, ",".join(map(str, ordinals)).encode()))
    return kept


def ordinals_of(headers: Iterable[tuple[str, bytes]]) -> frozenset[int] | None:
    """Which events of a record are meant; None: all of them, also where the header is not readable."""
    for name, value in headers:
        if name == ONLY and len(value) <= _LONGEST:
            try:
                return frozenset(int(part) for part in value.decode("ascii").split(","))
            except ValueError:  # UnicodeDecodeError is one
                return None
    return None
