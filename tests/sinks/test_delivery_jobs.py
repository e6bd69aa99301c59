"""Deliveries as jobs: deferred with the caller's transaction, attempted, stored, given up, taken over."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from delivery_support import APP, PAGERDUTY, SLACK, Incident, connected
from gates import Gate
from procrastinate.exceptions import AlreadyEnqueued
from psycopg import AsyncConnection

from sinks.attempting import Attempts
from sinks.contract import Channel, Notice, Receipt, Rejected, Retryable
from sinks.delivering import Deliverer
from sinks.delivery_locks import DeliveryLocks
from sinks.jobs import backoff, defer_deliveries
from sinks.limiting import Limiter
from sinks.postgres.connecting import new_pool
from sinks.postgres.incidents import Delivery


class Vendor:
    """A channel that answers what a test tells it to."""

    def __init__(self, *answers: Exception | Receipt) -> None:
        self.answers = list(answers)
        self.notices: list[Notice] = []
        self.entered = asyncio.Event()
        self.leave = asyncio.Event()
        self.leave.set()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, notice: Notice) -> Receipt:
        self.notices.append(notice)
        self.entered.set()
        await self.leave.wait()
        answer = self.answers.pop(0) if self.answers else Receipt(reply="ok", ref={"ts": "1"})
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with connected(database_url) as connection:
        yield connection


@asynccontextmanager
async def notifier(database_url: str, vendor: Channel, **options: Any) -> AsyncIterator[Attempts]:
    locks = DeliveryLocks(database_url)
    async with new_pool(database_url, application_name="test", max_size=4) as pool:
        yield Attempts(pool, Deliverer({"slack": vendor}, Limiter(None, {})), locks, **options)
    await locks.close()


async def row_of(connection: AsyncConnection[Any], delivery: int) -> tuple[Any, ...]:
    cursor = await connection.execute("SELECT status::text, attempts, reply FROM deliveries WHERE id = %s", [delivery])
    row = await cursor.fetchone()
    assert row is not None
    return row


async def jobs_of(connection: AsyncConnection[Any], delivery: int) -> int:
    cursor = await connection.execute(
        "SELECT count(*) FROM procrastinate_jobs WHERE (args ->> 'delivery_id')::bigint = %s", [delivery]
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_a_job_is_there_exactly_if_the_transaction_is(connection: AsyncConnection[Any]) -> None:
    incident = Incident(connection)
    async with connection.transaction(force_rollback=True):
        await incident.go("open")
    assert await incident.deliveries(SLACK) == []
    slack, pagerduty = await incident.go("open")
    assert (await jobs_of(connection, slack), await jobs_of(connection, pagerduty)) == (1, 1)


async def test_a_job_cannot_be_deferred_twice(connection: AsyncConnection[Any]) -> None:
    again = {
        1: Delivery(transition_id="t", incident_id=(of := Incident(connection).row.id), channel=SLACK, message_id=of)
    }
    await defer_deliveries(APP, connection, again)
    with pytest.raises(AlreadyEnqueued):
        await defer_deliveries(APP, connection, again)
    assert await jobs_of(connection, 1) == 1


async def test_what_was_sent_is_not_sent_again(connection: AsyncConnection[Any], database_url: str) -> None:
    vendor, incident = Vendor(), Incident(connection)
    [delivery] = await incident.go("open", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        await attempts.deliver(delivery, SLACK)
        await attempts.deliver(delivery, SLACK)
    assert len(vendor.notices) == 1
    assert await row_of(connection, delivery) == ("sent", 1, "ok")


async def test_the_vendors_reference_comes_back_with_the_next_notice(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor, incident = Vendor(Receipt(reply="ok", ref={"ts": "42"})), Incident(connection)
    [first] = await incident.go("open", [SLACK])
    [second] = await incident.go("escalate", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        await attempts.deliver(first, SLACK)
        await attempts.deliver(second, SLACK)
    assert [notice.ref for notice in vendor.notices] == [None, {"ts": "42"}]


@pytest.mark.parametrize(
    ("answer", "in_doubt"),
    [
        (Retryable("429", 3.0, maybe_accepted=False), [False, False]),
        (Retryable("no answer"), [False, True]),
    ],
)
async def test_only_an_attempt_that_may_have_arrived_leaves_a_doubt(
    connection: AsyncConnection[Any], database_url: str, answer: Retryable, in_doubt: list[bool]
) -> None:
    vendor, incident = Vendor(answer), Incident(connection)
    [delivery] = await incident.go("open", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        with pytest.raises(Retryable):
            await attempts.deliver(delivery, SLACK)
        await attempts.deliver(delivery, SLACK)
    assert [notice.in_doubt for notice in vendor.notices] == in_doubt
    assert await row_of(connection, delivery) == ("sent", 2, "ok")


async def test_a_doubt_outlives_an_attempt_that_surely_failed(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor = Vendor(Retryable("no answer"), Retryable("429", maybe_accepted=False))
    [delivery] = await Incident(connection).go("open", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        for _ in range(2):
            with pytest.raises(Retryable):
                await attempts.deliver(delivery, SLACK)
        await attempts.deliver(delivery, SLACK)
    first, second, third = vendor.notices
    assert (first.in_doubt, second.in_doubt, third.in_doubt) == (False, True, True)
    assert first.attempted_at is None
    assert second.attempted_at == third.attempted_at


async def test_what_is_refused_for_good_stays_refused(connection: AsyncConnection[Any], database_url: str) -> None:
    vendor = Vendor(Rejected("channel_not_found"))
    [delivery] = await Incident(connection).go("open", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        await attempts.deliver(delivery, SLACK)
        await attempts.deliver(delivery, SLACK)
    assert len(vendor.notices) == 1
    assert await row_of(connection, delivery) == ("rejected", 1, "channel_not_found")


async def test_it_gives_up_after_a_day_and_says_so(connection: AsyncConnection[Any], database_url: str) -> None:
    vendor = Vendor(Retryable("still down"))
    [delivery] = await Incident(connection).go("open", [SLACK])
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '25 h' WHERE id = %s", [delivery])
    async with notifier(database_url, vendor) as attempts:
        await attempts.deliver(delivery, SLACK)
    assert await row_of(connection, delivery) == ("rejected", 1, "gave up after 1 attempts: still down")


async def test_before_that_it_does_not(connection: AsyncConnection[Any], database_url: str) -> None:
    vendor = Vendor(Retryable("still down"))
    [delivery] = await Incident(connection).go("open", [SLACK])
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '23 h' WHERE id = %s", [delivery])
    async with notifier(database_url, vendor, give_up=timedelta(hours=24)) as attempts:
        with pytest.raises(Retryable):
            await attempts.deliver(delivery, SLACK)


async def test_an_update_with_something_newer_behind_it_is_left_out(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor, incident = Vendor(), Incident(connection)
    ids = [(await incident.go(kind, [SLACK]))[0] for kind in ("open", "update", "escalate", "update")]
    async with notifier(database_url, vendor) as attempts:
        for delivery in ids:
            await attempts.deliver(delivery, SLACK)
    assert [notice.kind for notice in vendor.notices] == ["open", "escalate", "update"]
    assert await incident.deliveries(SLACK) == [
        ("open", "sent"),
        ("update", "superseded"),
        ("escalate", "sent"),
        ("update", "sent"),
    ]


async def test_two_notifiers_never_attempt_one_delivery_at_once(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor = Vendor()
    vendor.leave.clear()
    [delivery] = await Incident(connection).go("open", [SLACK])
    async with notifier(database_url, vendor) as one, notifier(database_url, vendor) as two:
        frozen = asyncio.create_task(one.deliver(delivery, SLACK))
        await vendor.entered.wait()
        with pytest.raises(Retryable, match="another notifier"):
            await two.deliver(delivery, SLACK)
        vendor.leave.set()
        await frozen
        await two.deliver(delivery, SLACK)
    assert len(vendor.notices) == 1


async def test_an_attempt_that_was_overtaken_stores_nothing(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor = Vendor(Receipt(reply="late"))
    vendor.leave.clear()
    [delivery] = await Incident(connection).go("open", [SLACK])
    async with notifier(database_url, vendor) as attempts:
        task = asyncio.create_task(attempts.deliver(delivery, SLACK))
        await vendor.entered.wait()
        await connection.execute("UPDATE deliveries SET attempts = attempts + 1 WHERE id = %s", [delivery])
        vendor.leave.set()
        await task
    assert await row_of(connection, delivery) == ("sending", 2, None)


async def test_an_outcome_is_kept_in_hand_while_postgres_is_away(
    connection: AsyncConnection[Any], database_url: str
) -> None:
    vendor, gate = Vendor(), Gate(database_url)
    vendor.leave.clear()
    [delivery] = await Incident(connection).go("open", [SLACK])
    await gate.open()
    async with notifier(gate.url, vendor) as attempts:
        task = asyncio.create_task(attempts.deliver(delivery, SLACK))
        await vendor.entered.wait()
        await gate.shut()
        vendor.leave.set()
        done, _ = await asyncio.wait([task], timeout=1.0)
        assert not done
        assert (await row_of(connection, delivery))[0] == "sending"
        await gate.open()
        await task
    assert await row_of(connection, delivery) == ("sent", 1, "ok")
    assert len(vendor.notices) == 1
    await gate.shut()


async def test_an_unknown_delivery_is_no_ones_business(database_url: str) -> None:
    vendor = Vendor()
    async with notifier(database_url, vendor) as attempts:
        await attempts.deliver(2**40, PAGERDUTY)
    assert vendor.notices == []


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.999])
def test_delays_grow_to_five_minutes(luck: float) -> None:
    delays = [backoff(attempt, None, luck=luck) for attempt in range(40)]
    assert delays == sorted(delays)
    assert 1.0 <= delays[0] <= 2.0
    assert 150.0 <= delays[-1] <= 300.0


def test_what_the_vendor_asks_for_is_kept() -> None:
    assert 30.0 <= backoff(0, 30.0, luck=0.5) <= 31.0
    assert backoff(9, 0.0, luck=0.0) == 0.0
    assert backoff(0, 1e9, luck=0.0) == 3600.0, "an hour, whatever the vendor says"
    assert backoff(0, math.nan, luck=0.5) == backoff(0, None, luck=0.5), "no number: the usual"
