"""Slack's requests: buttons and slash commands, by HTTP or over a socket."""

from collections.abc import Mapping
from typing import Any, Literal

from inbound.carrying_out import carry_out, hush
from inbound.contract import Answer, Hook, Hush, Request
from inbound.listing import listed
from inbound.slack_buttons import payload_of, pressed, reply_address
from inbound.slack_commands import HELP, Command, command_of
from inbound.slack_signature import verify
from sinks.postgres.connecting import Pool
from sinks.slack.text import escape

__all__ = ["SlackButtons", "SlackCommands", "SlackRequests"]

_MAX_TEXT = 2_900

Payload = Mapping[str, Any]


class SlackRequests:
    """Carries out what comes from Slack, however it came."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def press(self, payload: Payload) -> Answer:
        """Carry out what was pressed. The message itself changes by its delivery, as after any other change."""
        said = []
        for asked in pressed(payload):
            async with self._pool.connection() as connection:
                done = hush(connection, asked) if isinstance(asked, Hush) else carry_out(connection, asked)
                said.append(await done)
        reply = " ".join(text for text in said if text)
        return Answer(reply=escape(reply, _MAX_TEXT) or None, reply_to=reply_address(payload))

    async def command(self, command: Command) -> Answer:
        """Carry out a command; the answer is for the person alone."""
        if command.asked is not None:
            async with self._pool.connection() as connection:
                problem = await carry_out(connection, command.asked)
            return _only_to_them(escape(problem, _MAX_TEXT) if problem else "Done.")
        if command.verb == "list":
            async with self._pool.connection() as connection:
                return _only_to_them(await listed(connection, command.words[0] if command.words else None))
        return _only_to_them(HELP)


class _Signed(Hook):
    """Takes what is signed with the app's secret.

    Args:
        requests: carries them out.
        secret: the app's signing secret.
    """

    def __init__(self, requests: SlackRequests, secret: str) -> None:
        self._requests = requests
        self._secret = secret

    async def take(self, request: Request) -> Answer:
        """See Hook."""
        verify(self._secret, request.headers, request.body)
        return await self._carry_out(request.body)

    async def _carry_out(self, body: bytes) -> Answer:
        raise NotImplementedError


class SlackButtons(_Signed):
    """The address for interactivity."""

    path = "/hooks/slack/actions"

    async def _carry_out(self, body: bytes) -> Answer:
        return await self._requests.press(payload_of(body))


class SlackCommands(_Signed):
    """The address for `/seawall`."""

    path = "/hooks/slack/commands"

    async def _carry_out(self, body: bytes) -> Answer:
        return await self._requests.command(command_of(body))


def _only_to_them(text: str) -> Answer:
    kind: Literal["ephemeral"] = "ephemeral"
    return Answer(body={"response_type": kind, "text": text})
