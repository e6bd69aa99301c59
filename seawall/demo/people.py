"""What people do in the demo: one silences a service, one acknowledges an incident by its button at the desk."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import psycopg

from sinks.postgres.connecting import connect
from triage.silencing import silence

if TYPE_CHECKING:
    from seawall.demo.numbers import Watch

__all__ = ["ACKNOWLEDGED", "SILENCED", "Person", "press", "silence_service"]

SILENCED = "invoices"  # whose errors somebody knows of
ACKNOWLEDGED = "checkout"  # whose incident somebody takes
HUSH_SECONDS = 600.0


async def silence_service(database_url: str, service: str) -> None:
    """Silence a service for a while. Raises psycopg.Error."""
    from rules.quiet import parse_matcher  # noqa: PLC0415 -- start-up time

    now = time.time()
    async with await connect(database_url, application_name="seawall demo") as connection:
        await silence(
            connection,
            [parse_matcher(f"service={service}")],
            starts_at=now,
            ends_at=now + HUSH_SECONDS,
            author="demo",
            comment="the printer is out of paper, and everybody knows",
        )


class Person:
    """Presses a button once, when there is one.

    Args:
        desk_url: where the desk is; None: alerts go to the real Slack, and nobody is played.
        branch: of the shop.
    """

    def __init__(self, desk_url: str | None, branch: str) -> None:
        self._desk_url = desk_url
        self._service = f"{ACKNOWLEDGED}-{branch}"
        self.pressed = desk_url is None

    async def look(self, watch: "Watch") -> bool:
        """Acknowledge the incident if it is shown; whether it was done just now."""
        if self.pressed or self._desk_url is None:
            return False
        try:
            rows = await watch.rows(_SHOWN, [self._service])
            self.pressed = bool(rows) and await asyncio.to_thread(press, self._desk_url, rows[0][0])
        except (psycopg.Error, OSError, ValueError):
            return False  # the next look may find more
        return self.pressed


def press(desk_url: str, incident: str) -> bool:
    """Press the button below the incident's message at the desk; whether there was one. Raises OSError, ValueError."""
    with urllib.request.urlopen(f"{desk_url}/received", timeout=5) as page:
        received = json.load(page)
    for message in received["messages"]:
        if _is_about(message, incident):
            asked = {"channel": message["channel"], "ts": message["ts"], "action_id": "seawall:acknowledge"}
            request = urllib.request.Request(
                f"{desk_url}/press", json.dumps(asked).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(json.load(answer)["ok"])
    return False


def _is_about(message: dict[str, Any], incident: str) -> bool:
    return any(
        element.get("value") == incident
        for attachment in message.get("attachments", ())
        for block in attachment.get("blocks", ())
        if block.get("type") == "actions"
        for element in block["elements"]
    )


# Of those that are told of in one message, the one that leads.
_SHOWN = """
    SELECT i.id::text FROM incidents AS one
        LEFT JOIN incident_links AS link ON link.follower_id = one.id AND link.split_at IS NULL
        JOIN incidents AS i ON i.id = coalesce(link.leader_id, one.id)
    WHERE one.service = ANY (%s) AND i.status = 'new' LIMIT 1"""
