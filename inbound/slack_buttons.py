"""Buttons below alerts in Slack, pressed: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from inbound.contract import Asked, Hush, Refused
from inbound.slack_people import actor_of
from models.triage import Action, ActionKind
from sinks.slack.buttons import ACTION_PREFIX

__all__ = ["pressed", "reply_address"]

Payload = Mapping[str, Any]

AN_HOUR = 3_600.0
_KINDS: dict[str, ActionKind] = {
    "acknowledge": "acknowledge",
    "start": "start",
    "resolve": "resolve",
    "ignore": "ignore",
    "reopen": "reopen",
    "assign": "assign",
}


def payload_of(body: bytes) -> Payload:
    """The payload in the form that Slack posts. Raises Refused."""
    try:
        given = parse_qs(body.decode(), max_num_fields=10, strict_parsing=True).get("payload", [""])[0]
        payload = orjson.loads(given)
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, "no payload") from None
    if not isinstance(payload, dict):
        raise Refused(400, "the payload is no object")
    return payload


def pressed(payload: Payload) -> list[Asked | Hush]:
    """What was asked for by pressing."""
    if payload.get("type") != "block_actions":
        return []
    actor, name = actor_of(payload.get("user"))
    made: list[Asked | Hush] = []
    actions = payload.get("actions")
    for action in actions if isinstance(actions, list) else ():
        if not isinstance(action, dict) or not str(action.get("action_id", "")).startswith(ACTION_PREFIX):
            continue
        verb, incident = str(action["action_id"]).removeprefix(ACTION_PREFIX), str(action.get("value") or "")
        pressed_at = str(action.get("action_ts") or "")
        if verb == "silence":
            made.append(Hush(incident=incident, actor=actor, request_id=f"{incident}:{pressed_at}", seconds=AN_HOUR))
        elif asked := _asked(verb, incident, actor, name, pressed_at):
            made.append(asked)
    return made


def _asked(verb: str, incident: str, actor: str, name: str, pressed_at: str) -> Asked | None:
    kind = _KINDS.get(verb)
    if kind is None:
        return None
    action = Action(kind=kind, assignee=name if kind == "assign" else None)
    request_id = f"slack:{actor}:{pressed_at}" if pressed_at else None
    return Asked(action=action, incident=incident, actor=actor, request_id=request_id)


def reply_address(payload: Payload) -> str | None:
    """Where an answer for the person alone is posted to."""
    address = payload.get("response_url")
    return address if isinstance(address, str) else None
