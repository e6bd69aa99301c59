"""`/seawall …` in Slack: https://docs.slack.dev/interactivity/implementing-slash-commands."""

import shlex
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from inbound.contract import Asked, Refused
from inbound.slack_people import actor_of
from models.triage import Action, ActionKind

__all__ = ["HELP", "Command", "command_of"]

HELP = (
    "`/seawall list [SERVICE]` shows what is open\n"
    "`/seawall ack|start|resolve|ignore|reopen ID [COMMENT]` acts on an incident\n"
    "`/seawall assign ID [NAME]` gives it to somebody, or to you\n"
    "`/seawall comment ID TEXT` adds to its history"
)
_KINDS: dict[str, ActionKind] = {
    "ack": "acknowledge",
    "acknowledge": "acknowledge",
    "unack": "unacknowledge",
    "start": "start",
    "resolve": "resolve",
    "ignore": "ignore",
    "reopen": "reopen",
    "assign": "assign",
    "comment": "comment",
}
_LONGEST = 3_000


class Command(NamedTuple):
    """What was typed: `list` with words, something to do, or neither: then help is shown."""

    verb: str
    words: list[str]
    asked: Asked | None = None
    reply_to: str | None = None


def command_of(body: bytes) -> Command:
    """The command in the form that Slack posts. Raises Refused."""
    try:
        form = dict(parse_qsl(body.decode(), max_num_fields=50))
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, "no form") from None
    words = _words(form.get("text", "")[:_LONGEST])
    verb = words[0].lower() if words else "help"
    return Command(verb, words[1:], _asked(verb, words[1:], form), form.get("response_url"))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a single quote, as in "don't"
        return text.split()


def _asked(verb: str, words: list[str], form: Mapping[str, str]) -> Asked | None:
    kind = _KINDS.get(verb)
    rest = " ".join(words[1:])
    if kind is None or not words or (kind == "comment" and not rest):
        return None
    actor, name = actor_of({"username": form.get("user_name"), "id": form.get("user_id")})
    action = Action(
        kind=kind,
        comment=rest or None if kind != "assign" else None,
        assignee=(rest.removeprefix("@") or name) if kind == "assign" else None,
    )
    trigger = form.get("trigger_id")
    return Asked(action=action, incident=words[0], actor=actor, request_id=f"slack:{trigger}" if trigger else None)
