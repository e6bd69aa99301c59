"""PagerDuty's webhooks: what people do there is done here as well.

https://developer.pagerduty.com/docs/webhooks-overview and …/verifying-webhook-signatures: `X-PagerDuty-Signature` holds
`v1=` and a hex HMAC-SHA256 of the body, several with commas between them while a secret is replaced.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from inbound.carrying_out import carry_out
from inbound.contract import Answer, Asked, Hook, Refused, Request
from models.triage import Action, ActionKind
from sinks.postgres.connecting import Pool

__all__ = ["PagerDutyHook", "asked_of", "is_signed"]

_KINDS: dict[str, ActionKind] = {
    "incident.acknowledged": "acknowledge",
    "incident.unacknowledged": "unacknowledge",
    "incident.resolved": "resolve",
    "incident.reopened": "reopen",
}
_MOST_SIGNATURES = 10
_LONGEST = 80
# What was not closed in PagerDuty is not reopened from there.
_SHARED = """
    SELECT DISTINCT incident_id::text FROM bundle_incidents AS one
    WHERE message_id = %(key)s::uuid AND incident_id <> message_id AND (NOT %(reopen)s OR (
        SELECT actor FROM incident_log AS log WHERE log.incident_id = one.incident_id ORDER BY number DESC LIMIT 1
    ) LIKE 'pagerduty:%%')
    ORDER BY 1
"""


class PagerDutyHook(Hook):
    """Takes webhooks of version 3.

    Args:
        pool: of the store.
        secret: of the subscription.
    """

    path = "/hooks/pagerduty"

    def __init__(self, pool: Pool, secret: str) -> None:
        self._pool = pool
        self._secret = secret

    async def take(self, request: Request) -> Answer:
        """See Hook."""
        if not is_signed(self._secret, request.headers.get("x-pagerduty-signature", ""), request.body):
            raise Refused(401, "the signature is not right")
        asked = asked_of(request.body)
        if asked is not None:
            async with self._pool.connection() as connection:
                for one in await _meant(connection, asked):
                    await carry_out(connection, one)  # what makes no sense here any more is no news for PagerDuty
        return Answer(202)


async def _meant(connection: AsyncConnection[Any], asked: Asked) -> list[Asked]:
    """The same of each incident that is told of by the key: those that share a message are one in PagerDuty."""
    cursor = await connection.execute(_SHARED, {"key": asked.incident, "reopen": asked.action.kind == "reopen"})
    shared = [row[0] for row in await cursor.fetchall()]
    return [replace(asked, incident=one, request_id=f"{asked.request_id}:{one}") for one in shared] or [asked]


def is_signed(secret: str, given: str, body: bytes) -> bool:
    """Whether one of the signatures is of the secret."""
    right = f"v1={hmac.new(secret.encode(), body, sha256).hexdigest()}"
    signatures = given.split(",", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
    return any(hmac.compare_digest(one.strip().encode(), right.encode()) for one in signatures)


def asked_of(body: bytes) -> Asked | None:
    """What an event asks for; None: nothing of ours. Raises Refused."""
    try:
        event = orjson.loads(body)["event"]
        kind = _KINDS.get(event["event_type"])
        data, who = event["data"], event.get("agent")
        incident = _ours(data.get("incident_key")) if kind else None
        event_id = str(event["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(400, "no event of PagerDuty's") from None
    if kind is None or incident is None or _by_us(who):
        return None
    actor = f"pagerduty:{_name(who)}"
    return Asked(action=Action(kind=kind), incident=incident, actor=actor, request_id=f"pagerduty:{event_id}")


def _ours(key: Any) -> str | None:
    """The incident that we opened there by this key; other tools have keys of other forms."""
    try:
        return str(UUID(key)) if isinstance(key, str) else None
    except ValueError:
        return None


def _by_us(agent: Any) -> bool:
    """What our own events did there comes back as a webhook, too."""
    return not isinstance(agent, dict) or agent.get("type") != "user_reference"


def _name(agent: Mapping[str, Any]) -> str:
    name = agent.get("summary") or agent.get("id") or "somebody"
    return "".join(char for char in str(name) if char.isprintable())[:_LONGEST]
