"""One PagerDuty incident for each of ours, whatever is repeated."""

from collections.abc import AsyncIterator

import pytest
from notices import notice

from models.severity import Severity
from seawall.desk.server import Desk
from sinks.contract import Also, Rejected, Retryable
from sinks.pagerduty.channel import PagerDuty

KEY = "k" * 32


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def channel(desk: Desk) -> AsyncIterator[PagerDuty]:
    channel = PagerDuty(KEY, events_url=desk.url, timeout=20)
    await channel.open()
    yield channel
    await channel.close()


@pytest.fixture
async def hasty(desk: Desk) -> AsyncIterator[PagerDuty]:
    """Waits a second for an answer: for those that never come."""
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
async def test_a_repeated_event_opens_nothing_new(desk: Desk, channel: PagerDuty, hasty: PagerDuty, fault: str) -> None:
    desk.faults.add(fault)
    with pytest.raises(Retryable):
        await hasty.send(notice())
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


async def test_what_shares_a_message_is_one_incident_there_until_all_of_it_is_over(
    desk: Desk, channel: PagerDuty
) -> None:
    of = {"grouped": True, "message": "m-1"}
    other = Also(incident_id="i2", title="Other", service="cart", severity=Severity.ERROR, status="new", total=1)
    await channel.send(notice(**of))
    await channel.send(notice(incident_id="i2", **of, also=[other]))
    early = await channel.send(notice(kind="resolve", status="resolved", **of, also=[other]))
    [incident] = desk.pagerduty().values()
    assert (early.shown, incident["status"], incident["dedup_key"]) == (False, "triggered", "m-1")
    await channel.send(notice(incident_id="i2", kind="resolve", status="resolved", **of))
    [incident] = desk.pagerduty().values()
    assert incident["status"] == "resolved"


@pytest.mark.parametrize(
    ("kind", "action"),
    [("start", "acknowledge"), ("ignore", "resolve"), ("reopen", "trigger"), ("remind", "trigger"), ("assign", None),
     ("comment", None), ("summary", None)],
)  # fmt: skip
async def test_what_people_do_is_told_where_pagerduty_has_a_word_for_it(
    desk: Desk, channel: PagerDuty, kind: str, action: str | None
) -> None:
    opened = await channel.send(notice())
    receipt = await channel.send(notice(kind=kind, ref=opened.ref))
    [incident] = desk.pagerduty().values()
    assert receipt.shown is (action is not None)
    assert [event["event_action"] for event in incident["events"]] == ["trigger", *([action] if action else [])]
