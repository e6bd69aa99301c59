"""The releases that a worker knows: read from the store as they change, the newest 20,000 of them."""

from collections import defaultdict
from collections.abc import Iterable
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
        self._reset()

    def _reset(self) -> None:
        self.facts: dict[Key, dict[str, Any]] = {}  # a new object whenever it changes
        self._known: dict[Key, Release] = {}  # in the order of their changes
        self._of_service: defaultdict[str, set[Key]] = defaultdict(set)
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
                self._reset()
            self._add(await read_releases(connection, self._seen))
        return True

    def _add(self, changed: list[Revised]) -> None:
        """Only what changed is made anew: a worker has other things to do."""
        facts = dict(self.facts)
        services = set()
        for release, revision in changed:
            key = release.service, release.environment, release.release
            self._known.pop(key, None)
            self._known[key] = release
            self._of_service[release.service].add(key)
            facts[key] = _facts(release)
            services.add(release.service)
            self._seen = max(self._seen, revision)
        for key in list(islice(self._known, max(len(self._known) - KEPT, 0))):
            del self._known[key], facts[key]
            self._of_service[key[0]].discard(key)
            services.add(key[0])
        self.facts = facts
        for service in services:
            self._orders[service] = _order(self._known[key] for key in self._of_service[service])


def _facts(release: Release) -> dict[str, Any]:
    facts = {
        "commit": release.commit,
        "previous": release.previous,
        "released_at": datetime.fromtimestamp(release.at, UTC).isoformat(timespec="seconds"),
        "author": release.author,
        "url": release.url,
    }
    return {name: value for name, value in facts.items() if value}


def _order(releases: Iterable[Release]) -> ReleaseOrder:
    """By when each was first made known in any environment."""
    first: dict[str, float] = {}
    for one in releases:
        first[one.release] = min(one.at, first.get(one.release, one.at))
    return ReleaseOrder(sorted(first, key=first.__getitem__))
