"""No webhook leads into a private network unless it is allowed to: a rule or a URL must not become a way to probe it.

Addresses are looked at after the name is resolved, and the connection is made to the very address that was looked at:
a name that answers differently the second time gains nothing.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from sinks.answers import OPERATOR_SECONDS
from sinks.contract import Rejected, Retryable

__all__ = ["Guard", "Network", "is_public", "networks_of"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # https://www.rfc-editor.org/rfc/rfc6052
_SCHEMES = ("https", "http")


def networks_of(texts: Iterable[str]) -> list[Network]:
    """Read `10.0.0.0/8`, `192.168.1.7`, … Raises ValueError."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts]


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet, also looking into those that stand for an IPv4 address."""
    inner = _inner(address)
    return address.is_global and not address.is_multicast and (inner is None or is_public(inner))


def _inner(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class Guard(AbstractResolver):
    """Looks names up and lets only allowed addresses through.

    Args:
        allowed: networks that are not public and may be reached all the same.
        resolver: looks names up; for tests.
    """

    def __init__(self, allowed: Sequence[Network] = (), resolver: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._threaded: ThreadedResolver | None = None

    def check(self, url: str) -> None:
        """Refuse a URL that is none, or that names an address that is not allowed. Raises Rejected or Retryable."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise Rejected("the URL in the settings is not one") from None
        if parts.scheme not in _SCHEMES or not host:
            raise Rejected("the URL in the settings is not an http(s) one")
        if ":" not in host and not host.replace(".", "").isdigit():
            return  # a name: looked at when it is resolved
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise Rejected("the URL in the settings names its host by an odd number") from None
        if not self._may(address):
            raise _refused()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of the host. Raises OSError where it has none, Retryable where none is allowed."""
        if self._resolver is None:
            self._resolver = self._threaded = ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if self._may(ipaddress.ip_address(one["host"].partition("%")[0]))]
        if found and not allowed:
            raise _refused()
        return allowed

    async def close(self) -> None:
        """Release the resolver."""
        if self._threaded is not None:
            await self._threaded.close()

    def _may(self, address: Address) -> bool:
        inner = _inner(address)
        named = any(address in network for network in self._allowed)
        return named or is_public(address) or (inner is not None and self._may(inner) and address.is_global)


def _refused() -> Retryable:
    """A person can allow the network yet, so that no alert is lost to it."""
    return Retryable(
        "the webhook's host is in a private network that is not allowed", OPERATOR_SECONDS, maybe_accepted=False
    )
