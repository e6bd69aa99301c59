"""Records that filters dropped, on their way back into their topic.

They carry `seawall-origin`, as replayed dead letters do, so that their events have the same ids however often they are
sent; and, where only some events of a record were dropped, which ones: the others are stored already.
"""

from collections.abc import Iterable, Sequence

from models.dead import ORIGIN, Headers, Place, origin_of

__all__ = ["ONLY", "headers_again", "meant"]

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


def meant(headers: Iterable[tuple[str, bytes]], count: int) -> Sequence[int]:
    """Which of a record's `count` events are to be taken: all, unless it is one of ours that says which.

    A header that names none of them is nobody's doing but a producer's: nothing is passed over for it.
    """
    given = dict(headers)
    said = given.get(ONLY)
    if said is None or ORIGIN not in given or len(said) > _LONGEST:
        return range(count)
    try:
        named = sorted({int(part) for part in said.decode("ascii").split(",")})
    except ValueError:  # UnicodeDecodeError is one
        return range(count)
    return [ordinal for ordinal in named if 0 <= ordinal < count] or range(count)
