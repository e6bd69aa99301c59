"""Incidents put into the bundles of the routes that they come to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from rules.routing import Routed, Router
from sinks.postgres.bundle_rows import BundleRow, Join
from sinks.postgres.bundles import join_bundles, known_channels, lock_bundles
from sinks.postgres.incidents import IncidentRow

__all__ = ["route_incidents"]


async def route_incidents(
    connection: AsyncConnection[Any],
    incidents: Sequence[IncidentRow],
    router: Router,
    now: datetime,
    *,
    opened: Collection[str],
) -> None:
    """Let incidents join the bundles of their routes; those that they are in already stay.

    Args:
        connection: in a transaction.
        incidents: those that opened or got worse.
        router: of the rules in force.
        now: the time.
        opened: the ids of those that opened in this very transaction: they are in no bundle yet.

    Raises psycopg.Error.
    """
    older = [incident.id for incident in incidents if incident.id not in opened]
    known = await known_channels(connection, older) if older else {}
    joins = [join for incident in incidents for join in _joins(incident, router, known.get(incident.id, {}))]
    if not joins:
        return
    # The bundle of a new incident alone is as new, and nobody else's.
    if any(join.bundle.grouped or join.incident_id not in opened for join in joins):
        await lock_bundles(
            connection, [join.bundle.id for join in joins], incidents=[incident.id for incident in incidents]
        )
    await join_bundles(connection, joins, now)


def _joins(incident: IncidentRow, router: Router, known: Mapping[str, Sequence[str]]) -> list[Join]:
    """Each channel is told by one bundle, the first that has it; a route that has the incident has it for good."""
    taken = {channel for channels in known.values() for channel in channels}
    joins = []
    for routed in router.route(incident.facts):
        channels = [channel for channel in routed.channels if channel not in taken]
        taken.update(channels)
        if routed.path not in known and (channels or routed.policy):
            joins.append(Join(bundle=_bundle(routed, incident), incident_id=incident.id, channels=channels))
    return joins


def _bundle(routed: Routed, incident: IncidentRow) -> BundleRow:
    return BundleRow(
        id=routed.bundle(incident.id, incident.facts),
        route=routed.path,
        labels=routed.labels(incident.facts),
        grouped=routed.group_by is not None,
        channels=routed.channels,
        policy=routed.policy,
        wait=routed.wait,
        critical_wait=routed.critical_wait,
        pause=routed.interval,
        repeat=routed.repeat,
        mute_times=routed.mute,
        only_times=routed.only,
        most=routed.at_most.count,
        most_per=routed.at_most.per,
    )
