"""The address of a gateway: `https://<key>@host[:port]/<project>`."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

__all__ = ["Dsn", "parse_dsn"]

_PORTS = {"http": 80, "https": 443}


class Dsn(NamedTuple):
    """The parts of a DSN. Its text never shows the key."""

    scheme: str
    host: str
    port: int
    path: str  # of the endpoint, project included
    project: str
    key: str

    def __repr__(self) -> str:
        """The address without the key: this text may get into logs."""
        return f"{self.scheme}://***@{self.host}:{self.port}/{self.project}"


def parse_dsn(text: str) -> Dsn:
    """Take a DSN apart.

    Raises:
        ValueError: a part is absent or wrong; the message does not show the key.
    """
    try:
        url = urlsplit(text.strip())
    except ValueError:
        raise ValueError("the DSN is no address: https://<key>@host/<project>") from None  # its own words show the key
    if url.scheme not in _PORTS:
        raise ValueError("a DSN begins with https:// or http://")
    if not url.username:
        raise ValueError("the DSN has no key: https://<key>@host/<project>")
    if not url.hostname:
        raise ValueError("the DSN has no host: https://<key>@host/<project>")
    path = url.path.rstrip("/")
    project = path.rpartition("/")[2]
    if not project:
        raise ValueError("the DSN has no project: https://<key>@host/<project>")
    key = unquote(url.username)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("the DSN's key has characters that no header can hold")
    port = url.port or _PORTS[url.scheme]
    return Dsn(url.scheme, url.hostname, port, f"{path}/v1/errors", unquote(project), key)
