"""Incidents put into the bundles of the routes that they come to."""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

from rules.routing import Routed, Router
from sinks.postgres.bundles import BundleRow, join_bundles
from sinks.postgres.incidents import IncidentRow

__all__ = ["route_incidents"]


async def route_incidents(connection: AsyncConnection[Any], incidents: Iterable[IncidentRow], router: Router) -> None:
    """Let incidents join the bundles of their routes; those that they are in already stay."""
    joins = []
    for incident in incidents:
        taken: set[str] = set()
        for routed in router.route(incident.facts):
            channels = [channel for channel in routed.channels if channel not in taken]  # each is told once
            taken.update(channels)
            if channels or routed.policy:
                row = _bundle(routed, incident, channels)
                joins.append((row, incident.id, routed.first_wait(incident.severity)))
    if joins:
        await join_bundles(connection, joins)


def _bundle(routed: Routed, incident: IncidentRow, channels: list[str]) -> BundleRow:
    return BundleRow(
        id=routed.bundle(incident.id, incident.facts),
        route=routed.path,
        labels=routed.labels(incident.facts),
        grouped=routed.group_by is not None,
        channels=channels,
        policy=routed.policy,
        pause=routed.interval,
        repeat=routed.repeat,
        mute=routed.mute,
        only=routed.only,
        most=routed.at_most.count,
        most_per=routed.at_most.per,
    )
