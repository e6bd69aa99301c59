"""Incidents in a real database, by a clock that the test moves: what would be told whom, when."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from models.severity import Severity
from models.triage import Action
from models.wire import Alert, GroupRef
from rules.oncall.people import People
from rules.quiet import QuietRules, parse_matcher
from rules.routing import Router
from rules.rulefile import load
from sinks.jobs import TIMERS, defer_only_app
from sinks.postgres.connecting import connect
from triage.acting import apply
from triage.alerting import apply_alerts
from triage.flushing import flush_bundles
from triage.giving_back import give_back
from triage.silencing import silence
from triage.summing_up import sum_up

START = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()  # a Monday


class World:
    """Alerts come in, people act, time passes; `told` is what was handed to the channels."""

    def __init__(self, connection, rules):
        self.connection = connection
        self.jobs = defer_only_app()
        self.now = START
        self._alerts = 0
        self.use(rules)

    def use(self, rules):
        """Another rule file: as every process reads it at its start."""
        file = load(rules, "rules.yaml")
        self.router, self.quiet, self.people = Router(file), QuietRules(file), People(file)

    def alert(self, kind, group="g1", severity="error", **of_group):
        self._alerts += 1
        facts = {"service": "shop", "environment": "production", "title": f"Error {group}", "error_type": "KeyError"}
        return Alert(
            id=f"a{self._alerts}",
            kind=kind,
            key=f"rule:{group}",
            at=self.now,
            severity=Severity(severity),
            reasons=[],
            group=GroupRef(group_id=group, fingerprint=group, **(facts | of_group)),
            rule=group,
        )

    async def take(self, *alerts):
        """What a worker does."""
        async with self.connection.transaction():
            return await apply_alerts(
                self.connection,
                alerts,
                router=self.router,
                rules=self.quiet,
                people=self.people,
                jobs=self.jobs,
                at=self.now,
            )

    async def come(self, kind, group="g1", severity="error", **of_group):
        return await self.take(self.alert(kind, group, severity, **of_group))

    async def act(self, kind, group="g1", **more):
        """What a person does, and the notifier at once."""
        [(incident,)] = await self.rows(
            "SELECT id::text FROM incidents WHERE alert_key = %s ORDER BY opened_at DESC LIMIT 1", f"rule:{group}"
        )
        action = Action(kind=kind, **more)
        await apply(self.connection, action, actor="ann", at=self.now, incident_id=incident)
        await self.run()

    async def hush(self, *matchers, lasts=3600.0, comment="deploy"):
        return await silence(
            self.connection,
            [parse_matcher(text) for text in matchers],
            starts_at=self.now,
            ends_at=self.now + lasts,
            author="ann",
            comment=comment,
        )

    async def run(self):
        """What a notifier does by now: each timer that is due, once."""
        while True:
            due = await self.rows(
                "SELECT id, args, extract(epoch FROM scheduled_at)::float8 FROM procrastinate_jobs"
                " WHERE queue_name = %s AND (scheduled_at IS NULL OR scheduled_at <= %s)"
                " ORDER BY scheduled_at NULLS FIRST, id LIMIT 1",
                TIMERS, datetime.fromtimestamp(self.now, UTC),
            )  # fmt: skip
            if not due:
                return
            [(job, given, _)] = due
            if "bundle_id" in given:
                await give_back(self.connection, given["bundle_id"], self.now)
            async with self.connection.transaction():
                await self._do(given)
            await self.connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])

    async def _do(self, given):
        if "summary_id" in given:
            await sum_up(self.connection, given["summary_id"], self.jobs, datetime.fromtimestamp(self.now, UTC))
        else:
            ids = [given["bundle_id"]]
            await flush_bundles(self.connection, ids, self.quiet, self.jobs, self.now, people=self.people)

    async def wait(self, seconds):
        """Let time pass; timers run when they are due."""
        until = self.now + seconds
        while True:
            [(first,)] = await self.rows(
                "SELECT extract(epoch FROM min(scheduled_at))::float8 FROM procrastinate_jobs WHERE queue_name = %s",
                TIMERS,
            )
            if first is None or first > until:
                break
            self.now = max(self.now, first)
            await self.run()
        self.now = until

    async def told(self, channel="slack:#alerts"):
        """Kind and group of all that a channel was told, in order; summaries by their titles."""
        return [
            (kind, key.removeprefix("rule:"))
            for kind, key in await self.rows(
                "SELECT coalesce(l.kind, 'summary'), coalesce(i.alert_key, s.title) FROM deliveries AS d"
                " LEFT JOIN incident_log AS l USING (transition_id) LEFT JOIN incidents AS i ON i.id = d.incident_id"
                " LEFT JOIN summaries AS s ON s.id = d.summary_id WHERE d.channel = %s ORDER BY d.id",
                channel,
            )
        ]

    async def held(self):
        """Kind, group and reason of all that was held back."""
        return await self.rows(
            "SELECT kind, replace(alert_key, 'rule:', ''), why FROM held_back JOIN incidents ON incidents.id = incident_id"
            " ORDER BY held_back.id"
        )

    async def timers(self):
        [(number,)] = await self.rows("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s", TIMERS)
        return number

    async def rows(self, query, *arguments):
        return await (await self.connection.execute(query, arguments)).fetchall()


@asynccontextmanager
async def world(database_url, rules):
    """An empty one."""
    connection = await connect(database_url, application_name="test")
    async with connection:
        await connection.execute(
            "TRUNCATE incidents, bundles, route_messages, silences, held_back, summaries, channel_messages, procrastinate_jobs, escalation_turns CASCADE"
        )
        yield World(connection, rules)
