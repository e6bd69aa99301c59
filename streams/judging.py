"""Whether what a batch brings makes a group new again that was put away, by what is known of releases."""

from collections.abc import Callable, Mapping

from models.triage import Ignored, Resolved
from rules.release_order import ReleaseOrder
from rules.triage import Seen, came_back

__all__ = ["ReleaseJudge"]


class ReleaseJudge:
    """See `sinks.postgres.put_away.Judge`.

    Args:
        order: gives which releases of a service are newer than which.
    """

    def __init__(self, order: Callable[[str], ReleaseOrder]) -> None:
        self._order = order

    def came_back(
        self,
        put_away: Ignored | Resolved,
        *,
        service: str,
        releases: Mapping[str | None, float],
        events: int,
        users: int,
        last_hour: int,
    ) -> str | None:
        """Why the group is new again; None where it stays as it is."""
        seen = Seen(releases=releases, events=events, users=users, last_hour=last_hour)
        return came_back(put_away, seen, self._order(service))
