"""The releases that a worker knows: read from the store as they change, the newest 20,000 of them."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from models.release import Release
from rules.release_order import ReleaseOrder
from sinks.postgres.connecting import Pool
from sinks.postgres.releases import Revised, newest_revision, read_releases

__all__ = ["KnownReleases"]

KEPT = 20_000

Key = tuple[str, str, str]  # service, environment, release


class KnownReleases:
    """What errors are told of their release, and the order of each service's releases."""

    def __init__(self) -> None:
        self.facts: dict[Key, dict[str, Any]] = {}  # a new object whenever it changes
        self._known: dict[Key, Release] = {}  # in the order of their changes
        self._orders: dict[str, ReleaseOrder] = {}
        self._seen = 0  # the latest change that was read

    def order(self, service: str) -> ReleaseOrder:
        """Which releases of a service are newer than which."""
        return self._orders.get(service) or ReleaseOrder()

    async def read(self, pool: Pool) -> bool:
        """Read what is new; returns whether anything is. Raises psycopg's errors."""
        async with pool.connection() as connection:
            newest = await newest_revision(connection)
            if newest == self._seen:
                return False
            if newest < self._seen:  # the database was restored: what is remembered may never have been
                self._known, self._seen = {}, 0
            self._add(await read_releases(connection, self._seen))
        return True

    def _add(self, changed: list[Revised]) -> None:
        for release, revision in changed:
            key = release.service, release.environment, release.release
            self._known.pop(key, None)
            self._known[key] = release
            self._seen = max(self._seen, revision)
        for key in list(islice(self._known, max(len(self._known) - KEPT, 0))):
            del self._known[key]
        self.facts = {key: _facts(release) for key, release in self._known.items()}
        self._orders = _orders(self._known.values())


def _facts(release: Release) -> dict[str, Any]:
    facts = {
        "commit": release.commit,
        "previous": release.previous,
        "released_at": datetime.fromtimestamp(release.at, UTC).isoformat(timespec="seconds"),
        "author": release.author,
        "url": release.url,
    }
    return {name: value for name, value in facts.items() if value}


def _orders(releases: Any) -> dict[str, ReleaseOrder]:
    """By when each was first made known in any environment."""
    first: dict[str, dict[str, float]] = defaultdict(dict)
    for one in releases:
        known = first[one.service]
        known[one.release] = min(one.at, known.get(one.release, one.at))
    return {service: ReleaseOrder(sorted(known, key=known.__getitem__)) for service, known in first.items()}
