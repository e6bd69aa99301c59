"""To a gateway: `POST …/v1/errors`, NDJSON in gzip, over a connection that is kept.

The contract is in the manual, "What the gateway answers".
"""

from __future__ import annotations

import email.utils
import gzip
import http.client
import socket
import ssl
import time
import urllib.request
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from seawall_client.dsn import Dsn
from seawall_client.sending.contract import Denied, Refused, Retry, TooLarge
from seawall_client.sending.deadline import answer_until
from seawall_client.version import SDK

__all__ = ["HttpTransport"]

_MAX_ANSWER = 65_536
_MAX_AFTER = 3_600.0
_BARE_429 = 60.0  # seconds, where a 429 does not say how long
_RETRIED = frozenset({408, 425, 429})
_LEVEL = 5  # of gzip: above it, more time buys little


class HttpTransport:
    """One connection to the gateway, made when it is first needed."""

    def __init__(self, dsn: Dsn, *, ca_file: str | None = None, proxy: str | None = None) -> None:
        self._dsn = dsn
        self._ca_file = ca_file
        self._proxy = proxy
        self._connection: http.client.HTTPConnection | None = None
        self._absolute = ""
        self._headers = {
            "Authorization": f"Bearer {dsn.key}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "User-Agent": SDK,
        }

    def load(self) -> None:
        """See `Transport`: it came with this module."""

    def send(self, events: Sequence[bytes], timeout: float) -> None:
        """Post a batch. See `Transport`."""
        body = gzip.compress(b"\n".join(events) + b"\n", _LEVEL)
        kept = self._connection is not None
        try:
            status, after = self._post(body, timeout)
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            if not kept or isinstance(problem, socket.timeout):  # TimeoutError is another before 3.10
                raise Retry(f"{type(problem).__name__}: {problem}") from problem
            status, after = self._post_anew(body, timeout)  # the other side may have closed what was kept
        _judge(status, after)

    def _post_anew(self, body: bytes, timeout: float) -> tuple[int, str | None]:
        try:
            return self._post(body, timeout)
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            raise Retry(f"{type(problem).__name__}: {problem}") from problem

    def _post(self, body: bytes, timeout: float) -> tuple[int, str | None]:
        connection = self._connection or self._connect(timeout)
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.response_class = answer_until(time.monotonic() + timeout)  # type: ignore[assignment]  # a function
        connection.request("POST", self._absolute + self._dsn.path, body, self._headers)
        response = connection.getresponse()
        try:
            is_whole = len(response.read(_MAX_ANSWER)) < _MAX_ANSWER
        except (OSError, http.client.HTTPException):  # the status has said it all
            is_whole = False
        if response.will_close or not is_whole:
            self.close()
        return response.status, response.getheader("Retry-After")

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        dsn = self._dsn
        proxy = self._proxy_url()
        host, port = (proxy.hostname or "", proxy.port or 80) if proxy else (dsn.host, dsn.port)
        if dsn.scheme == "https":
            context = ssl.create_default_context(cafile=self._ca_file)
            made: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
            if proxy:
                made.set_tunnel(dsn.host, dsn.port, headers=_proxy_headers(proxy.username, proxy.password))
        else:
            made = http.client.HTTPConnection(host, port, timeout=timeout)
            if proxy:
                host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
                self._absolute = f"http://{host}:{dsn.port}"
                self._headers.update(_proxy_headers(proxy.username, proxy.password))
        self._connection = made
        return made

    def _proxy_url(self) -> SplitResult | None:
        dsn = self._dsn
        given = self._proxy
        if given is None and not urllib.request.proxy_bypass(dsn.host):
            given = urllib.request.getproxies().get(dsn.scheme)
        return urlsplit(given if "://" in given else f"http://{given}") if given else None

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def forget(self) -> None:
        """Leave the connection to the parent process: closing TLS would tell the other side."""
        self._connection = None


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    import base64  # noqa: PLC0415  seldom needed

    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode()}


def _judge(status: int, after: str | None) -> None:
    """Raise what a status means. See `Transport.send`."""
    if 200 <= status < 300:  # noqa: PLR2004  the class of success
        return
    if status in {401, 403}:
        raise Denied(f"HTTP {status}")
    if status == 413:  # noqa: PLR2004  Content Too Large
        raise TooLarge(f"HTTP {status}")
    if status in _RETRIED or status >= 500:  # noqa: PLR2004  the class of the server's failures
        wait = _seconds(after)
        raise Retry(f"HTTP {status}", after=_BARE_429 if status == 429 and wait is None else wait)  # noqa: PLR2004
    raise Refused(f"HTTP {status}")


def _seconds(after: str | None) -> float | None:
    """A Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    if after is None:
        return None
    try:
        wait = float(after)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(after).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(wait, 0.0), _MAX_AFTER) if wait == wait else None  # noqa: PLR0124  not a number
