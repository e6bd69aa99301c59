"""PagerDuty's webhooks: signed, carried out once, and never an echo of what we did there ourselves."""

import hmac
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound.contract import Refused, Request
from inbound.pagerduty import PagerDutyHook, asked_of, is_signed
from tests.inbound.hook_support import INCIDENT, OTHER, history, stands

SECRET = "gHNPiCu1NHKZsnU9ZV2pCMUMHTQl6F2D"


def event(kind: str = "incident.acknowledged", key: str = INCIDENT, agent: str = "user_reference", number: int = 1):
    """After https://developer.pagerduty.com/docs/webhooks-overview."""
    return json.dumps(
        {
            "event": {
                "id": f"event-{number}",
                "event_type": kind,
                "resource_type": "incident",
                "occurred_at": "2026-10-02T18:45:22.169Z",
                "agent": {"id": "PLH1HKV", "summary": "Tenex Engineer", "type": agent},
                "client": None,
                "data": {"id": "PGR0VU2", "type": "incident", "status": "acknowledged", "incident_key": key},
            }
        }
    ).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return "v1=" + hmac.new(secret.encode(), body, sha256).hexdigest()


async def take(hook: PagerDutyHook, body: bytes, **more) -> int:
    return (await hook.take(Request({"x-pagerduty-signature": more.get("signature", signature(body))}, body))).status


async def test_what_is_done_there_is_done_here_once(pool, db):
    hook = PagerDutyHook(pool, SECRET)
    for _ in range(2):
        assert await take(hook, event()) == 202
    assert await stands(db) == ("acknowledged", None)
    assert await take(hook, event("incident.resolved", number=2)) == 202
    assert await stands(db) == ("resolved", None)
    assert await history(db) == [("acknowledge", "pagerduty:Tenex Engineer"), ("resolve", "pagerduty:Tenex Engineer")]
    assert await take(hook, event("incident.acknowledged", number=3)) == 202, "late, and no longer possible"
    assert await stands(db) == ("resolved", None)


MESSAGE = "d1000000-0000-0000-0000-000000000000"
SHARED = f"""
    INSERT INTO bundles (id, route, grouped, channels, most, most_per)
    VALUES ('{MESSAGE}', 'money', true, '{{pagerduty:default}}', 30, 600);
    INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at)
    SELECT '{MESSAGE}', id, '{MESSAGE}', '{{pagerduty:default}}', now() FROM incidents;
"""


async def test_what_is_one_incident_there_is_answered_as_a_whole(pool, db):
    await db.execute(SHARED)
    hook = PagerDutyHook(pool, SECRET)
    for _ in range(2):
        assert await take(hook, event(key=MESSAGE)) == 202
    assert [await stands(db, one) for one in (INCIDENT, OTHER)] == [("acknowledged", None)] * 2
    assert await history(db, OTHER) == [("acknowledge", "pagerduty:Tenex Engineer")]
    await db.execute("UPDATE incidents SET status = 'resolved', resolved_at = now() WHERE id = %s", [OTHER])
    await db.execute(
        "INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity)"
        " VALUES ('over', %s, 'resolve', now(), 'error', '{}', '{}')",
        [OTHER],
    )
    assert await take(hook, event("incident.resolved", MESSAGE, number=2)) == 202
    assert await stands(db) == ("resolved", None)
    assert await take(hook, event("incident.reopened", MESSAGE, number=3)) == 202
    assert [await stands(db, one) for one in (INCIDENT, OTHER)] == [("new", None), ("resolved", None)]


async def test_only_a_right_signature_is_taken(pool, db):
    hook = PagerDutyHook(pool, SECRET)
    for wrong in ("", "v1=", signature(b"other"), signature(event(), "old"), "v0=" + signature(event())[3:]):
        with pytest.raises(Refused) as refused:
            await take(hook, event(), signature=wrong)
        assert refused.value.status == 401
    assert await stands(db) == ("new", None)
    assert await take(hook, event(), signature=f"{signature(event(), 'old')},{signature(event())}") == 202


@pytest.mark.parametrize(
    "body",
    [
        event("incident.triggered"),
        event("incident.annotated"),
        event(key="disk-full"),
        event(agent="service_reference"),
        event(agent="inbound_integration_reference"),
    ],
)
def test_what_is_not_ours_asks_for_nothing(body):
    assert asked_of(body) is None


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.text(max_size=5),
        lambda x: st.dictionaries(st.sampled_from(["event", "event_type", "data", "agent", "id"]), x),
    ).map(lambda tree: json.dumps(tree).encode())
)
def test_whatever_comes_is_read_or_refused(body):
    try:
        asked_of(body)
    except Refused as refused:
        _bad(refused)
    assert not is_signed(SECRET, body.decode("latin-1"), body)


def _bad(refused: Refused) -> None:
    assert refused.status == 400
