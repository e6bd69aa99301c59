"""What an event says of its HTTP request, wherever its format keeps it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

__all__ = ["address_of", "header_of", "host_of", "status_of"]

Draft = Mapping[str, Any]

_STATUS_TAGS: Final = ("status", "http.status_code", "status_code", "http.response.status_code")
_STATUS_EXTRA: Final = (
    ("status",), ("status_code",), ("statusCode",), ("http_status",), ("httpStatus",), ("http.status_code",),
    ("http", "status_code"), ("res", "statusCode"), ("response", "status"), ("response", "status_code"),
    ("contexts", "response", "status_code"), ("http", "response", "status_code"),
)  # fmt: skip
_ADDRESS_EXTRA: Final = (
    ("user", "ip_address"), ("request", "env", "REMOTE_ADDR"), ("req", "remoteAddress"), ("remote_addr",),
    ("remote_ip",), ("client_ip",), ("clientIp",), ("ip",), ("client", "ip"), ("client", "address"), ("source", "ip"),
    ("client.address",), ("client.ip",), ("net.peer.ip",), ("http.client_ip",), ("callerIpAddress",), ("remoteIp",),
)  # fmt: skip
_FORWARDED: Final = ("x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip")
_STATUSES: Final = range(100, 600)
_LONGEST = 100  # characters of an address


def status_of(draft: Draft) -> int | None:
    """The status that the request was answered with."""
    tags = draft.get("tags") or {}
    values = (*map(tags.get, _STATUS_TAGS), *_found(draft, _STATUS_EXTRA))
    return next((status for value in values if (status := _status(value)) is not None), None)


def _status(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:  # noqa: PLR2004 as all are
        return int(value) if int(value) in _STATUSES else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _STATUSES else None


def address_of(draft: Draft) -> str | None:
    """The address from which the user came; not checked to be one."""
    for value in _found(draft, _ADDRESS_EXTRA):
        if isinstance(value, str) and 0 < len(value) <= _LONGEST:
            return value
    headers = (draft.get("request") or {}).get("headers") or {}
    given = {low: value for name, value in headers.items() if (low := name.lower()) in _FORWARDED}
    forwarded = next((value for name in _FORWARDED if (value := given.get(name))), None)
    return forwarded.partition(",")[0].strip()[:_LONGEST] if forwarded else None  # the others are proxies


def header_of(draft: Draft, name: str) -> str | None:
    """A header of the request, in whatever case its name is written."""
    request = draft.get("request")
    headers = request.get("headers") if request else None
    if not headers:
        return None
    found: str | None = headers.get(name)
    if found is not None:
        return found
    low = name.lower()
    return next((value for key, value in headers.items() if key.lower() == low), None)


def host_of(draft: Draft) -> str | None:
    """The host that the request was for, without its port, in lower case."""
    url = (draft.get("request") or {}).get("url") or ""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if host:
        return host
    given = header_of(draft, "Host") or header_of(draft, "X-Forwarded-Host")
    if not given:
        return None
    return given.lower().partition("]")[0][1:] if given.startswith("[") else given.lower().partition(":")[0]


def _found(draft: Draft, paths: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    """What stands at the paths below `extra`."""
    extra = draft.get("extra")
    if not extra:
        return
    for path in paths:
        value = extra
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            yield value
