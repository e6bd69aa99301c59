"""The notifier as a process: killed, frozen, stopped, and without PostgreSQL; each delivery is seen once all the same."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from seawall.desk.server import Desk

sys.path.insert(0, str(Path(__file__).parents[1] / "sinks"))
from delivery_support import PAGERDUTY, SLACK, Incident, connected

STALL = "2"  # seconds; a killed notifier's work is taken over after so long
PATIENCE = 60.0

Holds = Callable[[], bool | Awaitable[bool]]


async def until(holds: Holds) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def notifier(database_url: str, desk: Desk, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "SEAWALL_DATABASE_URL": database_url,
        "SEAWALL_DESK_URL": desk.url,
        "SEAWALL_NOTIFIER_STALL_SECONDS": STALL,
        "SEAWALL_DATA": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "seawall", "notifier", env=environment, cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_after_the_vendor_accepted(database_url: str, tmp_path: Path) -> None:
    async with Desk() as desk, connected(database_url) as connection, AsyncExitStack() as stack:
        desk.faults.add("hold_reply", path="/api/")
        desk.faults.add("hold_reply", path="/v2/")
        incident = Incident(connection)
        await incident.go("open")
        async with notifier(database_url, desk, tmp_path) as victim:
            await until(lambda: len(desk.messages()) == 1 and len(desk.pagerduty()) == 1)
            victim.kill()
            await victim.wait()
        assert await incident.unfinished() == 2
        desk.faults.add("drop_reply", path="/api/chat.update")
        await incident.go("escalate")
        await stack.enter_async_context(notifier(database_url, desk, tmp_path))
        await until(lambda: _finished(incident))
        living, escalation = desk.messages()
        assert escalation["thread_ts"] == living["ts"]
        [paged] = desk.pagerduty().values()
        assert paged["number"] == 1
        assert await incident.deliveries(SLACK) == [("open", "sent"), ("escalate", "sent")]
        assert await incident.deliveries(PAGERDUTY) == [("open", "sent"), ("escalate", "sent")]


async def test_a_frozen_notifier_does_not_speak_when_it_wakes_up(database_url: str, tmp_path: Path) -> None:
    async with Desk() as desk, connected(database_url) as connection, AsyncExitStack() as stack:
        desk.faults.add("hold_reply", path="/api/")
        incident = Incident(connection)
        await incident.go("open", [SLACK])
        frozen = await stack.enter_async_context(notifier(database_url, desk, tmp_path))
        await until(lambda: len(desk.messages()) == 1)
        frozen.send_signal(signal.SIGSTOP)
        await stack.enter_async_context(notifier(database_url, desk, tmp_path))
        taken_over = "SELECT attempts > 0 FROM procrastinate_jobs WHERE args ->> 'channel' = %s"

        async def given_back() -> bool:
            cursor = await connection.execute(taken_over, [SLACK])
            return any(row[0] for row in await cursor.fetchall())

        await until(given_back)
        frozen.send_signal(signal.SIGCONT)
        await until(lambda: _finished(incident))
        assert len(desk.messages()) == 1


async def test_many_notifiers_share_the_work_and_keep_the_order(database_url: str, tmp_path: Path) -> None:
    kinds = ("open", "escalate", "deescalate", "acknowledge", "resolve")
    async with Desk() as desk, connected(database_url) as connection, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(notifier(database_url, desk, tmp_path))
        incidents = [Incident(connection, f"Error {number}") for number in range(4)]
        for kind in kinds:
            for number, incident in enumerate(incidents):
                await incident.go(kind, [f"slack:#c{number}", PAGERDUTY])
        for incident in incidents:
            await until(lambda incident=incident: _finished(incident))
        for number in range(len(incidents)):
            living, *lines = desk.messages(f"#c{number}")
            assert [line["thread_ts"] for line in lines] == [living["ts"]] * 4
            words = ("Escalated", "Calmed", "Acknowledged", "Resolved")
            assert all(word in line["text"] for word, line in zip(words, lines, strict=True))
        actions = [[event["event_action"] for event in paged["events"]] for paged in desk.pagerduty().values()]
        assert actions == [["trigger", "trigger", "trigger", "acknowledge", "resolve"]] * 4


async def test_told_to_stop_it_finishes_what_is_under_way(database_url: str, tmp_path: Path) -> None:
    async with Desk() as desk, connected(database_url) as connection:
        incident = Incident(connection)
        async with notifier(database_url, desk, tmp_path) as process:
            await incident.go("open", [SLACK])
            await until(lambda: len(desk.messages()) == 1)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert await incident.deliveries(SLACK) == [("open", "sent")]
        cursor = await connection.execute("SELECT count(*) FROM processes WHERE pid = %s", [process.pid])
        assert await cursor.fetchone() == (0,)


async def test_a_session_that_postgres_ends_is_made_anew(database_url: str, tmp_path: Path) -> None:
    async with Desk() as desk, connected(database_url) as connection:
        async with notifier(database_url, desk, tmp_path):
            first, second = Incident(connection), Incident(connection)
            await first.go("open", [SLACK])
            await until(lambda: _finished(first))
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'seawall notifier%'"
            )
            await second.go("open", [SLACK])
            await until(lambda: _finished(second))
        assert len(desk.messages()) == 2


async def _finished(incident: Incident) -> bool:
    return await incident.unfinished() == 0


async def test_logs_are_json_on_standard_error_without_secrets(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "SEAWALL_DATABASE_URL": "postgresql://seawall:secretpassword@127.0.0.1:1/seawall",
        "SEAWALL_DESK_URL": "http://127.0.0.1:1",
        "SEAWALL_DATA": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "seawall", "notifier", env=environment, cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    lines = []
    try:
        async with asyncio.timeout(PATIENCE):
            while not lines or lines[-1]["event"] != "postgres_away":
                lines.append(json.loads(await process.stderr.readline()))
        process.terminate()
        out, rest = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    lines += [json.loads(line) for line in rest.splitlines()]
    assert out == b""
    assert {line["role"] for line in lines} == {"notifier"}
    assert "notifier_started" in [line["event"] for line in lines]
    assert "debug" not in [line["level"] for line in lines]
    assert "secretpassword" not in str(lines)
