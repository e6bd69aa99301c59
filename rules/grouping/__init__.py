"""Which errors are the same: a fingerprint, a title and a culprit of a masked draft.

Nothing here knows what else is stored: the same draft gives the same group on every worker.
"""

from rules.grouping.fingerprints import GROUPING_VERSION, Grouping, group, group_id

__all__ = ["GROUPING_VERSION", "Grouping", "group", "group_id"]
