"""How everything is doing: processes, lag, rates, groups, incidents, deliveries, drops, dead letters."""

import asyncio
import socket
from collections.abc import Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seawall.errors import SeawallError
from seawall.kafka import admin, consumer
from seawall.postgres import connected
from streams.topics import topic_names

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from seawall.settings import Settings
    from sinks.postgres.processes import Process as Presence

__all__ = ["PartitionLag", "Process", "Status", "read_status"]

SILENT_AFTER = 30.0  # seconds; each process writes itself down every few
SAMPLE = 1.0  # seconds between the two looks that a rate is made of


@dataclass(slots=True, kw_only=True)
class Process:
    """One process of ours."""

    role: str
    host: str
    pid: int
    since: datetime | None = None
    seen_at: datetime | None = None  # when it last wrote itself down; None: never
    instance: str | None = None
    restarts: int | None = None  # by the supervisor, where one runs
    silent: bool = False


@dataclass(slots=True, kw_only=True)
class PartitionLag:
    """How far one partition has been read."""

    topic: str
    partition: int
    next: int  # the offset to be read next
    end: int
    lag: int


@dataclass(slots=True, kw_only=True)
class Status:
    """All of it. What could not be read is missing, and `problems` says why."""

    at: datetime
    processes: list[Process] = field(default_factory=list)
    lag: list[PartitionLag] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)  # records/s read, occurrences/s by event time
    occurrences: int | None = None
    groups: dict[str, int] | None = None  # by status
    incidents: dict[str, int] | None = None
    deliveries: dict[str, int] | None = None
    drops: dict[str, int] | None = None  # by reason
    filters: dict[str, dict[str, int]] | None = None  # records dropped by each filter, by reason
    dead_letters: dict[str, int] | None = None
    unanswered: list[dict[str, Any]] | None = None  # thresholds that Prometheus does not answer for
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs: with totals."""
        lags: dict[str, int] = {}
        for part in self.lag:
            lags[part.topic] = lags.get(part.topic, 0) + part.lag
        totals = {"lag_by_topic": lags, "groups_total": sum(self.groups.values()) if self.groups is not None else None}
        return {**asdict(self), **totals}


async def read_status(settings: "Settings") -> Status:
    """Read it all, from the servers that answer."""
    status = Status(at=datetime.now(UTC))
    status.processes = _children(settings)
    positions: dict[tuple[str, int], int] = {}
    await _tried(status, _read_database(settings, status, positions))
    await _tried(status, _read_kafka(settings, status, positions))
    return status


async def _tried(status: Status, part: Coroutine[Any, Any, None]) -> None:
    try:
        await part
    except SeawallError as error:
        status.problems.append(str(error))


def _children(settings: "Settings") -> list[Process]:
    from seawall.embedded.running import read_run_file  # noqa: PLC0415 -- start-up time

    run = read_run_file(settings.data)
    if run is None:
        return []
    host = socket.gethostname()
    up = Process(role="up", host=host, pid=int(run["pid"]), since=_time(run.get("since")))
    children = [
        Process(
            role=str(child["role"]),
            host=host,
            pid=int(child["pid"]),
            since=_time(child.get("since")),
            instance=str(child["instance"]) if child.get("instance") is not None else None,
            restarts=child.get("restarts"),
        )
        for child in run.get("children", [])
        if child.get("pid")
    ]
    servers = [Process(role=name, host=host, pid=pid) for name, pid in run.get("servers", {}).items() if pid]
    return [up, *servers, *children]


def _time(value: Any) -> datetime | None:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


async def _read_database(settings: "Settings", status: Status, positions: dict[tuple[str, int], int]) -> None:
    from sinks.postgres.processes import processes  # noqa: PLC0415 -- start-up time
    from sinks.postgres.prometheus import failing  # noqa: PLC0415

    async with connected(settings) as connection:
        before = await _positions(connection)
        began = asyncio.get_running_loop().time()
        present = await processes(connection)
        _merge(status, present)
        status.groups = await _counts(connection, "status::text, count(*) FROM seawall.groups")
        status.incidents = await _counts(connection, "status::text, count(*) FROM seawall.incidents")
        status.deliveries = await _counts(connection, "status::text, count(*) FROM seawall.deliveries")
        status.problems += await _waiting(connection, present)
        status.drops = await _counts(connection, "reason, sum(records)::bigint FROM seawall.drop_stats")
        status.filters = await _filters(connection)
        status.dead_letters = await _counts(connection, "reason, count(*) FROM seawall.dead_letters")
        status.unanswered = [
            {"rule": one.rule, "since": one.failing_since, "problem": one.problem} for one in await failing(connection)
        ]
        ((status.occurrences, of_late, seconds),) = await _rows(
            connection,
            """
            SELECT (SELECT coalesce(sum(occurrences), 0)::bigint FROM seawall.groups),
                (SELECT coalesce(sum(occurrences), 0)::bigint FROM seawall.minute_stats
                    WHERE minute >= date_trunc('minute', now()) - interval '1 minute'),
                60 + extract(epoch FROM now() - date_trunc('minute', now()))::float
            """,
        )
        await asyncio.sleep(max(0.0, began + SAMPLE - asyncio.get_running_loop().time()))
        positions.update(await _positions(connection))
        elapsed = asyncio.get_running_loop().time() - began
        read = sum(max(0, position - before.get(place, position)) for place, position in positions.items())
        status.rates = {
            "records_per_second": round(read / elapsed, 1),
            "occurrences_per_second": round(of_late / seconds, 2),
        }


async def _waiting(connection: "AsyncConnection[Any]", present: "Iterable[Presence]") -> list[str]:
    """What will not be delivered, where notifiers run."""
    from sinks.unattended import attended_kinds, unattended  # noqa: PLC0415 -- start-up time

    kinds = attended_kinds(present)
    waiting = await unattended(connection, kinds) if kinds else {}
    return [
        f"{count} deliveries wait for a notifier that has {kind} set up: see docs/channels.md"
        for kind, count in waiting.items()
    ]


async def _rows(connection: "AsyncConnection[Any]", query: str) -> list[Any]:
    return await (await connection.execute(query)).fetchall()


async def _counts(connection: "AsyncConnection[Any]", what: str) -> dict[str, int]:
    rows = await _rows(connection, f"SELECT {what} GROUP BY 1 ORDER BY 1")
    return {str(name): int(count) for name, count in rows}


async def _filters(connection: "AsyncConnection[Any]") -> dict[str, dict[str, int]]:
    """The filters that dropped most come first."""
    rows = await _rows(
        connection,
        "SELECT rule, reason, sum(records)::bigint FROM seawall.drop_stats WHERE rule <> '' GROUP BY 1, 2"
        " ORDER BY sum(sum(records)) OVER (PARTITION BY rule) DESC, 1, 2",
    )
    found: dict[str, dict[str, int]] = {}
    for rule, reason, records in rows:
        found.setdefault(rule, {})[reason] = int(records)
    return found


async def _positions(connection: "AsyncConnection[Any]") -> dict[tuple[str, int], int]:
    rows = await _rows(connection, "SELECT topic, partition, next_offset FROM seawall.source_offsets")
    return {(topic, partition): next_offset for topic, partition, next_offset in rows}


def _merge(status: Status, rows: "Iterable[Presence]") -> None:
    """What processes say of themselves, joined with what their supervisor says."""
    known = {(process.host, process.pid): process for process in status.processes}
    for row in rows:
        process = known.get((row.host, row.pid))
        if process is None:
            process = Process(
                role=row.role, host=row.host, pid=row.pid, since=row.since, instance=row.info.get("instance")
            )
            status.processes.append(process)
        process.seen_at = row.seen_at
        process.silent = row.silent > SILENT_AFTER
    live = {(one.role, one.host, one.instance) for one in status.processes if not one.silent}
    # A silent one with a successor is no news: it was stopped, or started again.
    status.processes = [
        one for one in status.processes if not one.silent or (one.role, one.host, one.instance) not in live
    ]
    status.processes.sort(key=lambda one: (one.role, one.host, one.instance or "", one.pid))


async def _read_kafka(settings: "Settings", status: Status, positions: dict[tuple[str, int], int]) -> None:
    from aiokafka import TopicPartition  # noqa: PLC0415 -- start-up time
    from aiokafka.errors import GroupCoordinatorNotAvailableError  # noqa: PLC0415

    topics = [settings.errors_topic, *topic_names(settings.topic_prefix).values()]
    async with admin(settings) as client, consumer(settings) as reader:
        known = await client.describe_topics(topics)
        tps = [TopicPartition(topic["topic"], part["partition"]) for topic in known for part in topic["partitions"]]
        begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
        try:
            committed = await client.list_consumer_group_offsets(settings.consumer_group)
        except GroupCoordinatorNotAvailableError:  # no group has ever been in this cluster
            committed = {}
    for tp in sorted(tps):
        commit = committed[tp].offset if tp in committed else -1
        position = positions.get((tp.topic, tp.partition)) if tp.topic == settings.errors_topic else commit
        at = max(position if position is not None else -1, begins[tp])
        status.lag.append(
            PartitionLag(topic=tp.topic, partition=tp.partition, next=at, end=ends[tp], lag=max(0, ends[tp] - at))
        )
