"""One PagerDuty incident for each of ours, whatever is repeated."""

from collections.abc import AsyncIterator

import pytest
from notices import notice

from models.severity import Severity
from seawall.desk.server import Desk
from sinks.contract import Rejected, Retryable
from sinks.pagerduty.channel import PagerDuty

KEY = "k" * 32


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def channel(desk: Desk) -> AsyncIterator[PagerDuty]:
    channel = PagerDuty(KEY, events_url=desk.url, timeout=1)
    await channel.open()
    yield channel
    await channel.close()


async def test_an_incident_goes_its_way(desk: Desk, channel: PagerDuty) -> None:
    opened = await channel.send(notice())
    quiet = await channel.send(notice(kind="update", ref=opened.ref))
    louder = await channel.send(notice(kind="escalate", severity=Severity.CRITICAL, ref=opened.ref))
    await channel.send(notice(kind="acknowledge", severity=Severity.CRITICAL, ref=louder.ref))
    [incident] = desk.pagerduty().values()
    assert incident["status"] == "acknowledged"
    await channel.send(notice(kind="resolve", severity=Severity.CRITICAL, ref=louder.ref))
    [incident] = desk.pagerduty().values()
    assert not quiet.shown
    assert incident["status"] == "resolved"
    assert incident["dedup_key"] == notice().incident_id
    assert [event["event_action"] for event in incident["events"]] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert incident["payload"]["severity"] == "critical"
    assert "routing_key" not in str(incident)


async def test_an_update_that_changes_the_severity_is_told(desk: Desk, channel: PagerDuty) -> None:
    opened = await channel.send(notice())
    receipt = await channel.send(notice(kind="update", severity=Severity.WARNING, ref=opened.ref))
    assert receipt.shown
    assert desk.pagerduty()[notice().incident_id]["payload"]["severity"] == "warning"


@pytest.mark.parametrize("fault", ["drop_reply", "hold_reply", "reset", "500"])
async def test_a_repeated_event_opens_nothing_new(desk: Desk, channel: PagerDuty, fault: str) -> None:
    desk.faults.add(fault)
    with pytest.raises(Retryable):
        await channel.send(notice())
    await channel.send(notice(in_doubt=True))
    [incident] = desk.pagerduty().values()
    assert incident["number"] == 1


async def test_a_wrong_key_is_refused_with_pagerdutys_words(desk: Desk) -> None:
    channel = PagerDuty("too-short", events_url=desk.url)
    await channel.open()
    with pytest.raises(Rejected, match="32 characters"):
        await channel.send(notice())
    await channel.close()


async def test_plain_http_is_for_this_machine_only() -> None:
    channel = PagerDuty(KEY, events_url="http://events.pagerduty.example")
    with pytest.raises(ValueError, match="https"):
        await channel.open()
