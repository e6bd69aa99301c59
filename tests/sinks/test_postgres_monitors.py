"""Monitors in the database: how many a project may have, and which of them are well again."""

import time

import pytest

from models.monitor import CheckIn
from rules.monitors.checking_in import check_in
from sinks.postgres import monitors as module
from sinks.postgres.connecting import connect
from sinks.postgres.monitors import lock_monitors, store
from sinks.postgres.recovered import forget_recovered, lock_recovered

NAME = ("shop", "report", "production")


@pytest.fixture
async def connection(database_url, monkeypatch):
    monkeypatch.setattr(module, "MOST_MONITORS", 3)
    async with await connect(database_url, application_name="seawall test") as connection:
        await connection.execute("TRUNCATE monitors CASCADE")
        yield connection


def said(status: str, number: int, **fields) -> CheckIn:
    project, slug, environment = NAME
    return CheckIn(
        project=project, slug=slug, environment=environment, check_in_id=f"{number:032x}", new_id=f"{number + 99:032x}",
        status=status, at=time.time(), **fields,
    )  # fmt: skip


async def take(connection, one: CheckIn):
    async with connection.transaction():
        stored = (await lock_monitors(connection, {one.monitor: one.secret}))[one.monitor]
        changed = check_in(stored.monitor, stored.running, None, one)
        await store(connection, [(stored.id, changed.monitor, changed.runs)])
    return stored.id


async def made(connection, slugs, *, secret: bool) -> set[str]:
    async with connection.transaction():
        return {slug for _, slug, _ in await lock_monitors(connection, {("shop", one, "x"): secret for one in slugs})}


async def test_what_a_public_key_makes_up_leaves_room_for_the_jobs_of_secret_ones(connection):
    assert await made(connection, [f"junk {number}" for number in range(9)], secret=False) == {
        "junk 0", "junk 1", "junk 2",
    }  # fmt: skip
    assert await made(connection, ["backup"], secret=False) == set()
    assert await made(connection, ["backup", "report"], secret=True) == {"backup", "report"}
    assert await made(connection, ["import", "export"], secret=True) == {"export"}


async def test_a_job_that_a_secret_key_tells_of_makes_room_for_others(connection):
    await take(connection, said("ok", 1))
    assert await made(connection, ["a", "b", "c"], secret=False) == {"a", "b"}
    await take(connection, said("ok", 2, secret=True))
    await take(connection, said("ok", 3))  # by the public key again: it stays what it is
    assert await made(connection, ["c", "d"], secret=False) == {"c"}


async def test_what_is_well_again_is_known_until_it_is_forgotten(connection):
    number = await take(connection, said("error", 1))
    assert await lock_recovered(connection, 10) == []
    await take(connection, said("ok", 2))
    async with connection.transaction():
        [one] = await lock_recovered(connection, 10)
    assert (one.id, one.group_id) == (number, None)  # its error is not stored
    await forget_recovered(connection, [], time.time() - 60)
    assert len(await lock_recovered(connection, 10)) == 1
    await take(connection, said("error", 3))
    assert await lock_recovered(connection, 10) == []  # it fails again
    await take(connection, said("ok", 4))
    await forget_recovered(connection, [], time.time() + 60)
    assert await lock_recovered(connection, 10) == []


async def test_a_monitor_comes_back_as_it_was_stored(connection):
    await take(connection, said("error", 1, secret=True))
    async with connection.transaction():
        stored = (await lock_monitors(connection, {NAME: False}))[NAME].monitor
    assert (stored.failing, stored.secret, stored.recovered_at) == (True, True, None)
    assert stored.error_id is not None
