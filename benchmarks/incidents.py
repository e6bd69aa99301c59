"""The cost of a signal and of a person's action while very many incidents are open, silences and routes many."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from benchmarks.arena import Arena
from models.notifying import Matcher
from models.severity import Severity
from models.triage import Action
from models.wire import Activity, Alert, AlertKind, GroupRef
from rules.oncall.people import People
from rules.quiet import QuietRules
from rules.routing import Router
from rules.rulefile import RuleFile
from sinks.jobs import defer_only_app
from sinks.postgres.batches import BatchStore
from sinks.postgres.connecting import new_pool, pipelined
from triage.acting import apply
from triage.alerting import apply_alerts
from triage.flushing import flush_bundles
from triage.silencing import silence

__all__ = ["Incidents", "Signals", "measure_incidents"]

ROUTES = SILENCES = 200
INHIBITIONS, WINDOWS = 20, 10
BIG = 1_000  # incidents of the first service: in one bundle
KINDS: tuple[AlertKind, ...] = ("open", "update", "escalate", "resolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What signals of one kind cost. Milliseconds of CPU each: of the worker, and of PostgreSQL."""

    kind: str
    together: int  # signals in one transaction
    bundle: int  # incidents in the bundle that is looked at
    worker: float
    postgres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """One run."""

    open: int
    signals: list[Signals]
    act: float  # milliseconds until a person's action is stored, median
    act_worst: float
    told: float  # and until its bundle is looked at


def measure_incidents(arena: Arena, incidents: int, signals: int) -> Incidents:
    """Open so many incidents, then send so many signals of each kind to them."""
    run = arena.new_run("bench.incidents")
    return asyncio.run(_measure(arena, run.database_url, incidents, signals))


async def _measure(arena: Arena, database_url: str, incidents: int, signals: int) -> Incidents:
    async with new_pool(database_url, application_name="incidents", max_size=4) as pool:
        bench = _Bench(arena, pool)
        async with pool.connection() as connection:
            await _set_silences(connection)
        await bench.fill(incidents)
        costs = [
            await bench.cost(kind, together, grouped, signals)
            for together in (1, 20)
            for grouped in (0, incidents // ROUTES, BIG)
            for kind in KINDS
        ]
        acts = [await bench.act(number) for number in range(min(signals, 50))]
    stored, told = zip(*acts, strict=True)
    return Incidents(
        open=incidents,
        signals=costs,
        act=median(stored) * 1000,
        act_worst=max(stored) * 1000,
        told=median(told) * 1000,
    )


class _Bench:
    def __init__(self, arena: Arena, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        rules = _rules()
        self._arena = arena
        self._pool = pool
        self._store = BatchStore(pool)
        self._router, self._quiet, self._people = Router(rules), QuietRules(rules), People(rules)
        self._jobs = defer_only_app()
        self._ids = count()
        self._offset = 0

    async def fill(self, incidents: int) -> None:
        """Open them, as told and done."""
        async with self._pool.connection() as connection:
            await connection.execute(_GROUPS, [incidents + 10_000])
        await self._apply_by(250, [self._alert("open", n, _service(n, incidents)) for n in range(incidents)])
        async with self._pool.connection() as connection:
            await connection.execute("UPDATE deliveries SET status = 'sent', finished_at = now()")
            await connection.execute("DELETE FROM procrastinate_jobs")
            await connection.execute("VACUUM ANALYZE")

    async def cost(self, kind: AlertKind, together: int, bundle: int, signals: int) -> Signals:
        """Of each signal."""
        alerts = list(self._signals(kind, bundle, signals))
        before = self._used()
        await self._apply_by(together, alerts)
        worker, postgres = ((after - start) / signals * 1000 for start, after in zip(before, self._used(), strict=True))
        return Signals(kind=kind, together=together, bundle=bundle, worker=worker, postgres=postgres)

    async def act(self, number: int) -> tuple[float, float]:
        """Acknowledge one, and look at its bundles; the seconds of both."""
        async with self._pool.connection() as connection:
            begun = time.perf_counter()
            found = await connection.execute(_INCIDENT, [f"group:{_group(number * 7 + 1)}"])
            ((incident,),) = await found.fetchall()
            await apply(connection, Action(kind="acknowledge"), actor="ann", at=time.time(), incident_id=incident)
            stored = time.perf_counter() - begun
            async with pipelined(connection):
                await flush_bundles(
                    connection, (), self._quiet, self._jobs, time.time(), people=self._people, incidents=[incident]
                )
        return stored, time.perf_counter() - begun

    def _signals(self, kind: AlertKind, bundle: int, signals: int) -> Iterator[Alert]:
        """To incidents of services with such bundles: see `_rules`."""
        services = {0: range(2, ROUTES, 2), BIG: range(1)}.get(bundle, range(1, ROUTES, 2))
        for number in range(signals):
            service = services[number % len(services)]
            yield self._alert(kind, 1_000_000 + bundle * 1_000 + number, f"service-{service}")

    def _alert(self, kind: AlertKind, number: int, service: str) -> Alert:
        group = _group(number)
        return Alert(
            id=f"alert-{next(self._ids)}",
            kind=kind,
            key=f"group:{group}",
            at=time.time(),
            severity=Severity.CRITICAL if kind == "escalate" else Severity.ERROR,
            reasons=["first ever seen"],
            activity=Activity(count_1m=3, total=number),
            group=GroupRef(
                group_id=group,
                fingerprint=group,
                service=service,
                environment="production",
                title=f"TimeoutError: order {number} could not ship",
                error_type="TimeoutError",
            ),
            rule="new-error",
        )

    async def _apply_by(self, together: int, alerts: Sequence[Alert]) -> None:
        for first in range(0, len(alerts), together):
            await self._apply(alerts[first : first + together])

    async def _apply(self, alerts: Sequence[Alert]) -> None:
        """What the notify agent does with a batch."""
        async with self._store.batch("alerts", 0, 0, begin=pipelined) as held:
            await apply_alerts(
                held.connection,
                alerts,
                router=self._router,
                rules=self._quiet,
                people=self._people,
                jobs=self._jobs,
                at=time.time(),
            )
            self._offset += 1
            await held.advance(self._offset, 0, 0, held.position.generation)

    def _used(self) -> tuple[float, float]:
        return time.process_time(), self._arena.server_seconds()["postgres"]


def _service(number: int, incidents: int) -> str:
    """The first service has BIG incidents, the others have the rest evenly."""
    return "service-0" if number < min(BIG, incidents // 2) else f"service-{number % (ROUTES - 1) + 1}"


def _group(number: int) -> str:
    return str(UUID(int=number))


def _rules() -> RuleFile:
    """A route a service: the first and every odd one groups by service, the others do not group."""
    most = {"count": 10_000, "per": "1m"}
    routes = [
        {
            "name": f"route-{number}",
            "match": {"service": f"service-{number}"},
            "to": [f"slack:#team-{number}", f"pagerduty:team-{number}"],
            "at_most": most,
            **({"group_by": ["service"], "wait": "0s", "interval": "0s"} if number % 2 or not number else {}),
        }
        for number in range(ROUTES)
    ]
    inhibitions = [
        {
            "name": f"inhibition-{number}",
            "source": {"severity": "critical", "type": f"Outage{number}*"},
            "target": {"severity": "error", "service": f"service-{number}*"},
            "equal": ["service"],
        }
        for number in range(INHIBITIONS)
    ]
    windows = [
        {
            "name": f"window-{number}",
            "match": {"service": f"elsewhere-{number}"},
            "starts": "2026-01-04T02:30",
            "lasts": "3h",
            "repeats": "FREQ=WEEKLY;BYDAY=SU",
        }
        for number in range(WINDOWS)
    ]
    return RuleFile.model_validate({"version": 1, "routes": routes, "inhibitions": inhibitions, "maintenance": windows})


async def _set_silences(connection: AsyncConnection[Any]) -> None:
    """None of them fits, so that all are looked at: by name, by pattern, and by what must not be."""
    now = datetime.now(UTC).timestamp()
    for number in range(SILENCES):
        kinds = (
            Matcher("service", "=", f"elsewhere-{number}"),
            Matcher("title", "~", f"*elsewhere {number} *"),
            Matcher("environment", "!=", "production"),
        )
        matchers = [kinds[number % 3], Matcher("type", "~", "*Error")]
        await silence(connection, matchers, starts_at=now - 60, ends_at=now + 86_400, author="ann")


_GROUPS = """
    INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen)
    SELECT lpad(to_hex(number), 32, '0')::uuid, number::text, 'an error', 'service', 'production', 'error', now(), now()
    FROM generate_series(0, %s) AS number"""

_INCIDENT = "SELECT id::text FROM incidents WHERE alert_key = %s AND status <> 'resolved'"
