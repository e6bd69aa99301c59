"""What Slack's answers mean: try again, or never."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from sinks.contract import Rejected, Retryable

__all__ = ["from_api", "from_network", "from_status", "retry_after"]

OPERATOR_SECONDS = 60.0  # what only a person can put right is looked at again each minute, not hammered

# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_SLACKS_FAULT = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
# A token or an invitation can be put right, so that no alert is lost to it.
_OPERATOR = {
    "access_denied",
    "account_inactive",
    "ekm_access_denied",
    "invalid_auth",
    "missing_scope",
    "no_permission",
    "not_authed",
    "not_in_channel",
    "org_login_required",
    "token_expired",
    "token_revoked",
}
_HTTP_TOO_MANY, _HTTP_TIMEOUT, _HTTP_SERVER = 429, 408, 500
_HTTP_OPERATOR = {401, 403, 407}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the vendor asks us to wait."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return max(float(value), 0.0)
            except ValueError:
                return None
    return None


def from_status(status: int, headers: Mapping[str, str], detail: str) -> Retryable | Rejected:
    """What an HTTP status other than 2xx means. `detail` is Slack's error code."""
    reason = f"HTTP {status} {detail}".strip()
    if status == _HTTP_TOO_MANY:
        return Retryable(reason, retry_after(headers), maybe_accepted=False)
    if status >= _HTTP_SERVER or status == _HTTP_TIMEOUT:
        return Retryable(reason, retry_after(headers))
    if status in _HTTP_OPERATOR:
        return Retryable(reason, OPERATOR_SECONDS, maybe_accepted=False)
    return Rejected(reason)


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
    if not code or status >= _HTTP_SERVER:
        return from_status(status or _HTTP_SERVER, headers, code)
    return Rejected(code)


def from_network(error: aiohttp.ClientError | OSError) -> Retryable:
    """No answer came. Its text is left out: it may hold the URL, which for a webhook is the secret."""
    reached = not isinstance(error, aiohttp.ClientConnectorError)
    return Retryable(f"network: {type(error).__name__}", maybe_accepted=reached)


def _code(response: object) -> str:
    data = getattr(response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""
