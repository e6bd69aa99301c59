"""What Slack's answers mean: try again, or never."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from sinks.answers import OPERATOR_SECONDS, meaning, retry_after
from sinks.contract import Rejected, Retryable

__all__ = ["from_api", "from_network", "from_status", "no_redirects"]

# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_SLACKS_FAULT = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
# A token, an invitation or a channel can be put right, so that no alert is lost to it. A private channel that the bot
# is not in is one that it does not find.
_OPERATOR = {
    "access_denied",
    "account_inactive",
    "channel_is_archived",
    "channel_not_found",
    "ekm_access_denied",
    "invalid_auth",
    "is_archived",
    "missing_scope",
    "no_permission",
    "not_authed",
    "not_in_channel",
    "org_login_required",
    "token_expired",
    "token_revoked",
}
_SERVER = 500
_OK, _GONE = range(200, 300), 410  # of an archived channel, where an incoming webhook posts


class _Redirected(aiohttp.ClientError):
    """An answer led elsewhere."""


def no_redirects() -> aiohttp.TraceConfig:
    """For a session whose requests go nowhere but where they were sent: Slack's library has no setting for that."""
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_refuse)
    return config


async def _refuse(*_: object) -> None:
    raise _Redirected


def from_status(status: int, headers: Mapping[str, str], detail: str) -> Retryable | Rejected:
    """What an HTTP status means, where the answer is none of Slack's. `detail` is its error code, or a text."""
    if status in _OK:
        return Retryable(f"HTTP {status}, and no answer of Slack's")
    if status == _GONE:
        return Retryable(f"HTTP {status} {detail}".strip(), OPERATOR_SECONDS, maybe_accepted=False)
    return meaning(status, headers, detail)


def from_api(error: SlackApiError) -> Retryable | Rejected:
    """What the Web API's answer `{"ok": false, "error": …}` means."""
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    headers = {name: str(value) for name, value in (getattr(response, "headers", None) or {}).items()}
    code = _code(response)
    if code in _BUSY:
        return Retryable(code, retry_after(headers), maybe_accepted=False)
    if code in _OPERATOR:
        return Retryable(code, OPERATOR_SECONDS, maybe_accepted=False)
    if code in _SLACKS_FAULT:
        return Retryable(code, retry_after(headers))
    if not code or status >= _SERVER:
        return from_status(status or _SERVER, headers, code)
    return Rejected(code)


def from_network(error: aiohttp.ClientError | OSError) -> Retryable:
    """No answer came. Its text is left out: it may hold the URL, which for a webhook is the secret."""
    if isinstance(error, _Redirected):
        return Retryable("redirects are not followed", OPERATOR_SECONDS, maybe_accepted=False)
    reached = not isinstance(error, aiohttp.ClientConnectorError)
    return Retryable(f"network: {type(error).__name__}", maybe_accepted=reached)


def _code(response: object) -> str:
    data = getattr(response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""
