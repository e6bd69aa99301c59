"""What alert rules want to know of a stored batch's groups, asked of the store in the batch's transaction."""

import time
from typing import Any

from psycopg import AsyncConnection

from models.occurrence import Occurrence
from rules.noticing import Noticed
from sinks.postgres.batches import Stored
from sinks.postgres.group_releases import Began, add_group_releases, fill_group_releases, last_releases
from sinks.postgres.new_types import new_types
from streams.job import Job

__all__ = ["Noticing"]

KNOWN = 100_000  # groups' releases that are remembered to be stored
TRUST_SECONDS = 43_200.0  # for which they are: it is noted each day that a group is still seen in a release

Pair = tuple[str, str]  # group id, release


class Noticing:
    """Asks only for what a rule wants. One a worker; safe for concurrent use."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._known: set[Pair] = set()
        self._known_since = 0.0
        self._filled = False

    def doubt(self) -> None:
        """The database was away: what is remembered may be of one that a backup has replaced."""
        self._known.clear()

    async def notice(self, stored: Stored, connection: AsyncConnection[Any]) -> Noticed:
        """What there is to say of a batch's groups.

        Args:
            stored: what came of the batch.
            connection: in its transaction.
        """
        wanted = self._job.rulebook.wanted
        if not wanted.in_release:  # what comes until a rule asks again is not noted
            self._filled = False
        if not (wanted.new_type or wanted.in_release or wanted.after_release):
            return Noticed()
        new = {group_id for group_id, facts in stored.groups.items() if facts.new}
        first_of_type, in_release = frozenset[str](), dict[str, list[str]]()
        if wanted.new_type and new:
            made = {one.group.group_id: one.group for one in stored.kept if one.group.group_id in new}
            first_of_type = await new_types(connection, made.values())
        if wanted.in_release:
            in_release = await self._in_release(stored, new, connection)
        released = {}
        if wanted.after_release and (new or in_release):
            began = _began(stored, new | in_release.keys())
            released = await last_releases(connection, began, wanted.after_release)
        return Noticed(first_of_type, in_release, released)

    async def _in_release(
        self, stored: Stored, new: set[str], connection: AsyncConnection[Any]
    ) -> dict[str, list[str]]:
        if not self._filled:
            async with self._job.pool.connection() as another:
                await fill_group_releases(another)
            self._filled = True
        now = time.monotonic()
        if len(self._known) > KNOWN or now > self._known_since + TRUST_SECONDS:
            self._known.clear()
            self._known_since = now
        pairs = {(_shown(stored, one), one.release) for one in stored.kept if one.release} - self._known
        added = await add_group_releases(connection, pairs, new)
        self._known |= pairs - added  # not those: this transaction may fail
        found: dict[str, list[str]] = {}
        for group_id, release in sorted(added):
            found.setdefault(group_id, []).append(release)
        return found


def _shown(stored: Stored, one: Occurrence) -> str:
    """The group that an occurrence's group is shown as."""
    shown = stored.groups[one.group.group_id].shown
    return one.group.group_id if shown is None else shown.group_id


def _began(stored: Stored, groups: set[str]) -> list[Began]:
    first: dict[str, Occurrence] = {}
    for one in stored.kept:
        group_id = _shown(stored, one)
        if group_id in groups and (group_id not in first or one.occurred_at < first[group_id].occurred_at):
            first[group_id] = one
    return [
        Began(group_id, one.group.service, one.group.environment, one.occurred_at) for group_id, one in first.items()
    ]
