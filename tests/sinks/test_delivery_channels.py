"""Incidents in PostgreSQL, delivered through real channels to real servers: each transition once, in its thread."""

import asyncio
import email
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from delivery_support import Incident, connected
from psycopg import AsyncConnection
from vendor_rules import RULES
from vendors import WEBHOOK_SECRET, Vendor

from models.severity import Severity
from sinks.attempting import Attempts
from sinks.contract import Retryable
from sinks.delivering import Deliverer
from sinks.delivery_locks import DeliveryLocks
from sinks.email.channel import Email
from sinks.limiting import Limiter
from sinks.opsgenie import Opsgenie
from sinks.postgres.connecting import new_pool
from sinks.posting import Poster
from sinks.rendering import Renderer
from sinks.webhook.channel import Endpoint, Webhook
from sinks.webhook.guard import Guard, networks_of
from sinks.webhook.signing import keys_of

CHANNELS = ["email:oncall@shop.example", "opsgenie:payments", "webhook:ops"]


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 queued"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with connected(database_url) as connection:
        yield connection


async def test_an_incident_reaches_every_channel_once(connection: AsyncConnection[Any], database_url: str) -> None:
    box = Mailbox()
    smtp = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    async with smtp, Vendor(RULES["opsgenie"]) as opsgenie, Vendor(RULES["webhook"]) as hook:
        guard = Guard(networks_of(["127.0.0.0/8"]))
        renderer = Renderer()
        deliverer = Deliverer(
            {
                "email": Email(f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}", "a@shop.example", renderer),
                "opsgenie": Opsgenie({"payments": "k" * 20}, renderer, Poster(timeout=20), api_url=opsgenie.url),
                "webhook": Webhook(
                    {"ops": Endpoint(hook.url, keys_of(WEBHOOK_SECRET))}, guard, Poster(timeout=20, resolver=guard)
                ),
            },
            Limiter(None, {}),
        )
        await deliverer.open()
        pool, locks = new_pool(database_url, application_name="test", max_size=4), DeliveryLocks(database_url)
        await pool.open()
        attempts, incident = Attempts(pool, deliverer, locks), Incident(connection)
        hook.faults.add("drop_reply")
        again = 0
        for kind, changes in (
            ("open", {}),
            ("escalate", {"severity": Severity.CRITICAL}),
            ("resolve", {"severity": Severity.CRITICAL, "status": "resolved"}),
        ):
            for channel, delivery in zip(CHANNELS, await incident.go(kind, CHANNELS, **changes), strict=True):
                try:
                    await attempts.deliver(delivery, channel)
                except Retryable:
                    again += 1
                    await attempts.deliver(delivery, channel)
        for channel in CHANNELS:
            assert await incident.deliveries(channel) == [(kind, "sent") for kind in ("open", "escalate", "resolve")]
        await locks.close()
        await pool.close()
        await deliverer.close()
    assert again == 1
    first, *later = box.mails
    assert len(later) == 2
    assert {mail["References"] for mail in later} == {first["Message-ID"]}
    assert [request.path.rpartition("/")[2] for request in opsgenie.accepted] == ["alerts", "priority", "close"]
    ids = [request.headers["webhook-id"] for request in hook.accepted]
    assert len(ids) == 4  # the first came twice, as the receiver can see
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
