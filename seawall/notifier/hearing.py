"""What a notifier hears from those it tells: hooks over HTTP, and Slack's Socket Mode."""

import asyncio
from contextlib import AsyncExitStack, suppress
from urllib.parse import urljoin, urlsplit

import structlog

from inbound.contract import Hook
from inbound.pagerduty import PagerDutyHook
from inbound.server import HookServer
from inbound.slack import SlackButtons, SlackCommands, SlackRequests
from inbound.slack_socket import SlackSocket
from inbound.twilio import TwilioCalls, TwilioMessages
from seawall.notifier.configured import answers_of
from seawall.settings import Settings
from sinks.postgres.connecting import Pool

__all__ = ["start_hearing"]

_log = structlog.get_logger(__name__)


async def start_hearing(settings: Settings, pool: Pool, stack: AsyncExitStack) -> None:
    """Begin, as far as the settings ask for it; it ends with the stack."""
    requests = SlackRequests(pool)
    hooks = _hooks(settings, pool, requests)
    server = HookServer(hooks, [urlsplit(settings.desk_url).netloc] if settings.desk_url else [])
    stack.push_async_callback(server.close)
    if settings.hooks_port and hooks:
        try:
            await server.open(settings.hooks_host, settings.hooks_port)
        except OSError as problem:  # another notifier of this machine has it
            _log.warning("hooks_not_taken", port=settings.hooks_port, problem=problem.strerror or str(problem))
        else:
            _log.info("hooks_taken", port=settings.hooks_port, paths=[hook.path for hook in hooks])
    if settings.slack_app_token:
        api_url = urljoin(settings.desk_url, "/api/") if settings.desk_url else settings.slack_api_url
        token = settings.slack_app_token.get_secret_value()
        socket = asyncio.create_task(SlackSocket(token, requests, server, api_url=api_url).run())
        stack.push_async_callback(_end, socket)


def _hooks(settings: Settings, pool: Pool, requests: SlackRequests) -> list[Hook]:
    made: list[Hook] = []
    if settings.slack_signing_secret:
        secret = settings.slack_signing_secret.get_secret_value()
        made += [SlackButtons(requests, secret), SlackCommands(requests, secret)]
    if settings.pagerduty_webhook_secret:
        made.append(PagerDutyHook(pool, settings.pagerduty_webhook_secret.get_secret_value()))
    answers, token = answers_of(settings), settings.twilio_auth_token
    if answers and token:
        made += [hook(pool, token.get_secret_value(), answers) for hook in (TwilioCalls, TwilioMessages)]
    return made


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
