"""Which errors are the same: a fingerprint, a title and a culprit of a masked draft.

Nothing here knows what else is stored: the same draft gives the same group on every worker.
"""

from functools import cache
from typing import Any

from rules.grouping.grouper import Grouper
from rules.grouping.grouping import GROUPING_VERSION, Grouping, group_id

__all__ = ["GROUPING_VERSION", "Grouper", "Grouping", "group", "group_id"]


@cache
def _builtin() -> Grouper:
    return Grouper()


def group(draft: dict[str, Any], mark: int | None = None) -> Grouping:
    """The group of a draft by the built-in rules; see `Grouper.group`."""
    return _builtin().group(draft, mark)
