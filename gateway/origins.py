"""Which web pages may send with a key: CORS, by the key's own list.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Iterable

__all__ = ["EXPOSED", "allowed_origin", "origin_headers", "preflight_headers"]

ANY = "*"
MAX_ORIGIN = 255
EXPOSED = b"x-sentry-error, x-sentry-rate-limits, retry-after"
_DAY = b"86400"  # seconds for which browsers remember


def allowed_origin(origin: str, patterns: Iterable[str]) -> bool:
    """Whether an `Origin` is allowed by one of the patterns: whole origins, in which `*.` stands for any subdomain."""
    if len(origin) > MAX_ORIGIN:
        return False
    origin = origin.lower()
    return any(pattern == ANY or _fits(origin, pattern) for pattern in patterns)


def _fits(origin: str, pattern: str) -> bool:
    scheme, _, host = pattern.partition("://")
    if not host.startswith("*."):
        return origin == pattern
    given_scheme, _, given_host = origin.partition("://")
    return given_scheme == scheme and given_host.endswith(host.removeprefix("*"))


def origin_headers(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """What lets the page read the answer."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED),
        (b"vary", b"origin"),
    )


def preflight_headers(origin: bytes, asked: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """What a browser wants to know before it sends."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", _DAY),
        (b"vary", b"origin"),
    )
