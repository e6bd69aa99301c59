"""The watchdog tells once that PostgreSQL is away, and once that it is back, and needs no PostgreSQL for it."""

import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from seawall.desk.server import Desk
from seawall.notifier import watchdog as module
from seawall.notifier.channels import build_deliverer
from seawall.notifier.watchdog import Watchdog, postgres_answers
from seawall.settings import Settings
from sinks.delivering import Deliverer

CHANNELS = ["slack:#alerts", "pagerduty:default"]


class Postgres:
    """Answers or not."""

    def __init__(self) -> None:
        self.up = True

    async def answers(self) -> bool:
        return self.up


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def deliverer(desk: Desk) -> AsyncIterator[Deliverer]:
    deliverer = build_deliverer(Settings(desk_url=desk.url))
    await deliverer.open()
    yield deliverer
    await deliverer.close()


@pytest.fixture
async def memory(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Redis]:
    monkeypatch.setattr(module, "KEY", f"test:{secrets.token_hex(6)}")
    client = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


async def test_it_is_told_once_and_taken_back_once(desk: Desk, deliverer: Deliverer) -> None:
    postgres = Postgres()
    dog = Watchdog(postgres.answers, deliverer, CHANNELS)
    await dog.look(0)
    assert dog.healthy
    postgres.up = False
    for now in (15, 30, 60, 74):
        await dog.look(now)
    assert desk.messages() == []
    for now in (75, 90, 105, 1000):
        await dog.look(now)
    [message] = desk.messages("#alerts")
    [paged] = desk.pagerduty().values()
    assert "stands still" in message["text"]
    assert paged["status"] == "triggered"
    postgres.up = True
    for now in (1015, 1030):
        await dog.look(now)
    living, line = desk.messages("#alerts")
    [paged] = desk.pagerduty().values()
    assert "moves again" in living["text"]
    assert line["thread_ts"] == living["ts"]
    assert paged["status"] == "resolved"


async def test_a_short_absence_is_nobodys_business(desk: Desk, deliverer: Deliverer) -> None:
    postgres = Postgres()
    dog = Watchdog(postgres.answers, deliverer, CHANNELS)
    for now, postgres.up in enumerate([True, False, False, True, False, True]):
        await dog.look(now * 50.0)
    assert desk.messages() == []


async def test_what_could_not_be_told_is_told_later(desk: Desk, deliverer: Deliverer) -> None:
    postgres = Postgres()
    postgres.up = False
    dog = Watchdog(postgres.answers, deliverer, CHANNELS)
    desk.faults.add("500", path="/api/")
    for now in (0, 60, 75, 90):
        await dog.look(now)
    assert len(desk.messages()) == len(desk.pagerduty()) == 1


async def test_one_notifier_speaks_for_all(desk: Desk, deliverer: Deliverer, memory: Redis) -> None:
    postgres = Postgres()
    postgres.up = False
    dogs = [Watchdog(postgres.answers, deliverer, CHANNELS, memory=memory) for _ in range(3)]
    for now in (0, 60, 75):
        for dog in dogs:
            await dog.look(now)
    assert len(desk.messages()) == 1
    postgres.up = True
    for now in range(90, 300, 15):
        for dog in dogs:
            await dog.look(now)
    assert [message.get("thread_ts") is None for message in desk.messages()] == [True, False]


async def test_another_takes_it_back_if_the_speaker_is_gone(desk: Desk, deliverer: Deliverer, memory: Redis) -> None:
    postgres = Postgres()
    postgres.up = False
    speaker, other = (Watchdog(postgres.answers, deliverer, CHANNELS, memory=memory) for _ in range(2))
    for now in (0, 60):
        await speaker.look(now)
    postgres.up = True
    for now in range(75, 200, 15):
        await other.look(now)
    assert "moves again" in desk.messages()[0]["text"]
    assert [paged["status"] for paged in desk.pagerduty().values()] == ["resolved"]


async def test_the_probe_knows_a_server_from_none(database_url: str) -> None:
    assert await postgres_answers(database_url)
    assert not await postgres_answers("postgresql://nobody@127.0.0.1:1/none")
