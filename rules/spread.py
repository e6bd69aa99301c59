"""How many hosts and users saw a group within the last hour, in bounded space."""

from collections.abc import Collection

__all__ = ["MAX_SEEN", "Seen", "seen_again", "seen_since"]

MAX_SEEN = 50  # distinct values told apart
MAX_LENGTH = 16  # of a value kept: enough to tell a few dozen hashes or hosts apart

Seen = dict[str, int]  # value -> the bucket it was last seen in


def seen_again(seen: Seen, values: Collection[str], bucket: int, span: int) -> Seen:
    """`seen` after `values` were seen in `bucket`, without what was not seen for `span` seconds; at most MAX_SEEN."""
    if not values:
        return seen
    shorts = [value if len(value) <= MAX_LENGTH else _short(value) for value in values]
    if all(seen.get(short, -1) >= bucket for short in shorts):
        return seen  # the common case: the same few hosts in every batch
    after = seen.copy()
    for short in shorts:
        last = after.pop(short, 0)
        after[short] = max(bucket, last)  # a dict keeps its order: what was not seen for longest stands first
    for value in list(after):
        if after[value] > bucket - span and len(after) <= MAX_SEEN:
            break
        del after[value]
    return after


def seen_since(seen: Seen, oldest: int) -> int:
    """How many were seen in the bucket that starts at `oldest`, or later."""
    return sum(1 for last in seen.values() if last >= oldest)


def _short(value: str) -> str:
    # Hosts of one fleet differ at either end: `web-17.eu…`, `…-7d9f-x2x4k`.
    return value[: MAX_LENGTH // 2] + value[-MAX_LENGTH // 2 :]
