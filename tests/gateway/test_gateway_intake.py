"""Records of senders that wait: what that costs them, and what becomes of those under way when we stop."""

import asyncio
from contextlib import suppress

import pytest

from gateway.burying import Burying
from gateway.contract import Record, Refused
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.listening import intake as module
from gateway.listening.intake import Intake
from gateway.publishing import Publisher
from gateway.spool import Spool
from gateway.writing import Writer
from sinks.postgres.projects import GatewayKey

KEY = GatewayKey(1, 1, "shop", "k1", None, None, [], key_per_minute=10, project_per_minute=None, project_per_day=None,
                 expires_at=None)  # fmt: skip


class Waiting:
    """Four records that wait for room, since Kafka is away and the spool full."""

    def __init__(self, folder):
        keys = KeyBook("")
        keys.put([KEY])
        self.spool = Spool(folder, 0)
        self.spool.open()
        self.allowance = Allowance(None)
        publisher = Publisher("errors", {}, 1_000_000)
        writer = Writer(publisher, {}, Burying(publisher, {}, None), self.spool)
        self.task = asyncio.create_task(
            Intake("gelf-tcp", "k1", keys, self.allowance, writer).take_patiently([Record(b"{}")] * 4)
        )

    def room(self):
        self.spool._limit = 1_000_000


@pytest.fixture
async def waiting(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "AGAIN", 0.01)
    waiting = Waiting(tmp_path)
    await asyncio.sleep(0.3)
    assert not waiting.task.done()
    yield waiting
    waiting.spool.close()


async def test_what_waits_uses_up_what_its_key_may_send_once(waiting):
    waiting.room()
    await waiting.task
    assert len(waiting.spool.read(1_000_000)[0]) == 4
    await waiting.allowance.take(KEY, 6)
    with pytest.raises(Refused):
        await waiting.allowance.take(KEY, 1)


async def test_what_is_being_taken_when_we_stop_is_taken_first(waiting):
    waiting.task.cancel()
    asyncio.get_running_loop().call_later(0.1, waiting.room)
    with suppress(asyncio.CancelledError):
        await waiting.task
    assert waiting.task.cancelled()
    assert len(waiting.spool.read(1_000_000)[0]) == 4
