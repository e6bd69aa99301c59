"""What an HTTP answer other than 2xx means to a delivery: try again, or never."""

import math
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from sinks.contract import Rejected, Retryable

__all__ = ["OPERATOR_SECONDS", "meaning", "not_set_up", "retry_after"]

OPERATOR_SECONDS = 60.0  # what only a person can put right is looked at again each minute, and no alert is lost to it
MAX_TOLD = 200  # characters of the vendor's own words

_TOO_MANY, _TIMEOUT, _SERVER = 429, 408, 500
_OPERATOR = {401, 402, 403, 404, 407}
_REDIRECT = range(300, 400)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the vendor asks us to wait, as a number or a date; nonsense counts as none.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(date: str) -> float:
    """Seconds until then, or not a number."""
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return math.nan
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()


def meaning(status: int, headers: Mapping[str, str], told: str) -> Retryable | Rejected:
    """What a status other than 2xx means. `told` is the vendor's own words."""
    reason = f"HTTP {status} {' '.join(told.split())[:MAX_TOLD]}".strip()
    if status == _TOO_MANY:
        return Retryable(reason, retry_after(headers), maybe_accepted=False)
    if status >= _SERVER or status == _TIMEOUT:
        return Retryable(reason, retry_after(headers))
    if status in _OPERATOR:
        return Retryable(reason, OPERATOR_SECONDS, maybe_accepted=False)
    if status in _REDIRECT:
        return Retryable(f"HTTP {status}: redirects are not followed", OPERATOR_SECONDS, maybe_accepted=False)
    return Rejected(reason)


def not_set_up(target: str, what: str) -> Retryable:
    """A target that no setting names: it may be named yet, so that no alert is lost to it."""
    return Retryable(f"no {what} is set for `{target}`", OPERATOR_SECONDS, maybe_accepted=False)
