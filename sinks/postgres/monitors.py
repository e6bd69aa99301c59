"""Monitors and the runs of their jobs in PostgreSQL: locked, changed and let go in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from models.monitor import Monitor, MonitorConfig, Run, Schedule

__all__ = [
    "MOST_MONITORS",
    "Stored",
    "delete_monitor",
    "list_monitors",
    "lock_due",
    "lock_monitors",
    "read_runs",
    "store",
]

Connection = AsyncConnection[Any]
Name = tuple[str, str, str]  # project, slug, environment

# Of a project, those of public keys and of secret ones apart: anybody can read a public key and make up monitors.
MOST_MONITORS = 1_000
MOST_RUNNING = 200  # runs in progress that are looked at together, those first whose time is over first


class Stored(NamedTuple):
    """A monitor with its number, and those of its runs that are in progress."""

    id: int
    monitor: Monitor
    running: list[Run]


async def lock_monitors(connection: Connection, names: Mapping[Name, bool]) -> dict[Name, Stored]:
    """Lock monitors, made where they are missing; those that a project has too many of are left out.

    Args:
        connection: in a transaction.
        names: of monitors, and whether a secret key tells of them.
    """
    columns = [list(column) for column in zip(*sorted((*name, secret) for name, secret in names.items()), strict=True)]
    await connection.execute(_MAKE, [*columns, MOST_MONITORS])
    cursor = await connection.cursor(row_factory=dict_row).execute(_LOCK, columns[:3])
    return {_name(row): stored for row, stored in await _with_runs(connection, await cursor.fetchall())}


async def lock_due(connection: Connection, now: float, limit: int) -> list[Stored]:
    """Lock monitors of which something may have been missed, that nobody else has locked."""
    cursor = await connection.cursor(row_factory=dict_row).execute(_LOCK_DUE, [_time(now), limit])
    return [stored for _, stored in await _with_runs(connection, await cursor.fetchall())]


async def read_runs(connection: Connection, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Run]:
    """Runs by the numbers of their monitors and their ids."""
    columns = [list(column) for column in zip(*wanted, strict=True)]
    if not columns:
        return {}
    cursor = await connection.cursor(row_factory=dict_row).execute(_RUNS, columns)
    return {(row["monitor_id"], row["check_in_id"].hex): _run(row) for row in await cursor.fetchall()}


async def store(connection: Connection, changed: Sequence[tuple[int, Monitor, Collection[Run]]]) -> None:
    """Store monitors that are locked, with runs of theirs."""
    runs = [_run_row(number, run) for number, _, some in changed for run in some]
    if runs:
        await connection.cursor().executemany(_STORE_RUN, runs)
    if changed:
        await connection.cursor().executemany(_STORE, [_row(number, monitor) for number, monitor, _ in changed])


async def list_monitors(connection: Connection, project: str | None = None) -> list[dict[str, Any]]:
    """All monitors, or a project's, those first that fail."""
    cursor = await connection.cursor(row_factory=dict_row).execute(_LIST, {"project": project})
    return await cursor.fetchall()


async def delete_monitor(connection: Connection, number: int) -> bool:
    """Forget a monitor and its runs; whether it was there."""
    cursor = await connection.execute("DELETE FROM monitors WHERE id = %s", [number])
    return cursor.rowcount > 0


async def _with_runs(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], Stored]]:
    running: dict[int, list[Run]] = {row["id"]: [] for row in rows}
    if rows:
        cursor = await connection.cursor(row_factory=dict_row).execute(_RUNNING, [list(running), MOST_RUNNING])
        for run in await cursor.fetchall():
            running[run["monitor_id"]].append(_run(run))
    return [(row, Stored(row["id"], _monitor(row), running[row["id"]])) for row in rows]


def _name(row: dict[str, Any]) -> Name:
    return row["project"], row["slug"], row["environment"]


def _monitor(row: dict[str, Any]) -> Monitor:
    kind = row["schedule_kind"]
    config = MonitorConfig(
        schedule=Schedule(kind, row["schedule"], row["schedule_unit"]) if kind else None,
        timezone=row["timezone"], margin=row["margin"], max_runtime=row["max_runtime"],
        failure_threshold=row["failure_threshold"], recovery_threshold=row["recovery_threshold"],
    )  # fmt: skip
    return Monitor(
        project=row["project"], slug=row["slug"], environment=row["environment"], config=config,
        next_due=_epoch(row["next_due"]), failures=row["failures"], successes=row["successes"],
        failing=row["failing"], last_at=_epoch(row["last_at"]), last_status=row["last_status"],
        error_id=row["error_id"].hex if row["error_id"] else None, recovered_at=_epoch(row["recovered_at"]),
        secret=row["secret"],
    )  # fmt: skip


def _row(number: int, monitor: Monitor) -> dict[str, Any]:
    config = monitor.config
    schedule = config.schedule
    return {
        "id": number, "kind": schedule.kind if schedule else None, "schedule": schedule.value if schedule else None,
        "unit": schedule.unit if schedule else None, "timezone": config.timezone, "margin": config.margin,
        "max_runtime": config.max_runtime, "failure_threshold": config.failure_threshold,
        "recovery_threshold": config.recovery_threshold, "next_due": _time(monitor.next_due),
        "failures": monitor.failures, "successes": monitor.successes, "failing": monitor.failing,
        "last_at": _time(monitor.last_at), "last_status": monitor.last_status, "error_id": monitor.error_id,
        "recovered_at": _time(monitor.recovered_at), "secret": monitor.secret,
    }  # fmt: skip


def _run(row: dict[str, Any]) -> Run:
    return Run(
        check_in_id=row["check_in_id"].hex, status=row["status"], started_at=row["started_at"].timestamp(),
        timeout_at=row["timeout_at"].timestamp(), ended_at=_epoch(row["ended_at"]), duration=row["duration"],
        release=row["release"], trace_id=row["trace_id"],
    )  # fmt: skip


def _run_row(number: int, run: Run) -> dict[str, Any]:
    return {
        "monitor_id": number, "check_in_id": run.check_in_id, "status": run.status,
        "started_at": _time(run.started_at), "timeout_at": _time(run.timeout_at), "ended_at": _time(run.ended_at),
        "duration": run.duration, "release": run.release, "trace_id": run.trace_id,
    }  # fmt: skip


def _time(at: float | None) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at is not None else None


def _epoch(at: datetime | None) -> float | None:
    return at.timestamp() if at is not None else None


_MAKE = """
    INSERT INTO monitors (project, slug, environment, secret)
    SELECT project, slug, environment, secret FROM (
        SELECT *, row_number() OVER (PARTITION BY project, secret ORDER BY slug, environment) AS place
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[]) AS named (project, slug, environment, secret)
        WHERE NOT EXISTS (
            SELECT FROM monitors known
            WHERE (known.project, known.slug, known.environment) = (named.project, named.slug, named.environment)
        )
    ) AS new
    WHERE place + (
        SELECT count(*) FROM monitors known WHERE (known.project, known.secret) = (new.project, new.secret)
    ) <= %s
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
"""
_COLUMNS = """
    id, project, slug, environment, schedule_kind, schedule, schedule_unit, timezone, margin, max_runtime,
    failure_threshold, recovery_threshold, next_due, failures, successes, failing, last_at, last_status,
    error_id, recovered_at, secret
"""
_LOCK = f"""
    SELECT {_COLUMNS} FROM monitors
    JOIN unnest(%s::text[], %s::text[], %s::text[]) AS named (project, slug, environment)
        USING (project, slug, environment)
    ORDER BY monitors.id FOR UPDATE OF monitors
"""  # noqa: S608 -- a text of ours
_LOCK_DUE = f"""
    SELECT {_COLUMNS} FROM monitors WHERE look_at < %s ORDER BY look_at LIMIT %s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 -- a text of ours
_RUNNING = """
    SELECT run.* FROM unnest(%s::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM check_ins WHERE monitor_id = wanted.id AND status = 'in_progress' ORDER BY timeout_at LIMIT %s
    ) AS run
"""
_RUNS = """
    SELECT check_ins.* FROM check_ins
    JOIN unnest(%s::bigint[], %s::uuid[]) AS wanted (monitor_id, check_in_id) USING (monitor_id, check_in_id)
"""
_STORE_RUN = """
    INSERT INTO check_ins
        (monitor_id, check_in_id, status, started_at, timeout_at, ended_at, duration, release, trace_id)
    VALUES (%(monitor_id)s, %(check_in_id)s, %(status)s, %(started_at)s, %(timeout_at)s, %(ended_at)s, %(duration)s,
        %(release)s, %(trace_id)s)
    ON CONFLICT (monitor_id, check_in_id) DO UPDATE SET status = excluded.status, timeout_at = excluded.timeout_at,
        ended_at = excluded.ended_at, duration = excluded.duration
"""
_STORE = """
    UPDATE monitors SET schedule_kind = %(kind)s, schedule = %(schedule)s, schedule_unit = %(unit)s,
        timezone = %(timezone)s, margin = %(margin)s, max_runtime = %(max_runtime)s,
        failure_threshold = %(failure_threshold)s, recovery_threshold = %(recovery_threshold)s, next_due = %(next_due)s,
        failures = %(failures)s, successes = %(successes)s, failing = %(failing)s, last_at = %(last_at)s,
        last_status = %(last_status)s,
        error_id = %(error_id)s::uuid, recovered_at = %(recovered_at)s, secret = %(secret)s,
        look_at = least(
            %(next_due)s::timestamptz + make_interval(secs => %(margin)s),
            (SELECT min(timeout_at) FROM check_ins WHERE monitor_id = monitors.id AND status = 'in_progress')
        )
    WHERE id = %(id)s
"""
_LIST = """
    SELECT id, project, slug, environment, schedule_kind, schedule, schedule_unit, timezone, margin, max_runtime,
        failure_threshold, recovery_threshold, failing, failures, last_status, last_at, next_due,
        (SELECT count(*) FROM check_ins WHERE monitor_id = monitors.id AND status = 'in_progress') AS running
    FROM monitors WHERE %(project)s::text IS NULL OR project = %(project)s
    ORDER BY failing DESC, project, slug, environment
"""
