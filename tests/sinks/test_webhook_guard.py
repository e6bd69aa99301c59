"""Where webhooks may go."""

import ipaddress
import socket
import time
from collections.abc import Callable

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from notices import notice
from vendor_rules import webhook
from vendors import WEBHOOK_SECRET, Vendor

from sinks.contract import Receipt, Rejected, Retryable
from sinks.posting import Poster
from sinks.webhook.channel import Endpoint, Webhook
from sinks.webhook.guard import Guard, is_public, networks_of
from sinks.webhook.signing import keys_of, signed_headers

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1",
    "2002:a00:1::", "2001:0:0:0:0:0:f5ff:fffe",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


class Names(AbstractResolver):
    """Answers with these addresses, one list a question."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self._answers.pop(0)
        return [
            {"hostname": host, "host": one, "port": port, "family": socket.AF_INET6 if ":" in one else socket.AF_INET,
             "proto": 0, "flags": 0}
            for one in found
        ]  # fmt: skip

    async def close(self) -> None: ...


async def outcome(guard: Guard, url: str, clock: Callable[[], float] = time.time) -> Receipt | Retryable | Rejected:
    endpoints = {"ops": Endpoint(url, keys_of(WEBHOOK_SECRET))}
    channel = Webhook(endpoints, guard, Poster(timeout=20, resolver=guard), clock=clock)
    await channel.open()
    try:
        return await channel.send(notice(target="ops"))
    except (Retryable, Rejected) as error:
        return error
    finally:
        await channel.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_in_another_form_is_as_private_as_it_is(address: ipaddress.IPv4Address) -> None:
    plain = is_public(address)
    for form in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ipaddress.ip_address(form)) <= plain


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_private_address_gets_nothing(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    result = await outcome(Guard(), f"http://{host}:9/hook")
    assert isinstance(result, Retryable)
    assert "private network" in result.reason
    assert (result.after, result.maybe_accepted) == (60.0, False)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_of_a_private_address_gets_nothing(address: str) -> None:
    result = await outcome(Guard(resolver=Names([address])), "http://hooks.example:9/hook")
    assert isinstance(result, Retryable)
    assert "private network" in result.reason


@pytest.mark.parametrize(
    "url",
    ["http://2130706433/", "http://127.1/", "http://0127.0.0.1/", "ftp://a.example/", "http:///x", "file:///etc/passwd",
     "http://a.example:99999/", "http://[::1/"],
)  # fmt: skip
async def test_odd_urls_get_nothing(url: str) -> None:
    assert isinstance(await outcome(Guard(resolver=Names(["127.0.0.1"])), url), Rejected)


@pytest.mark.parametrize("url", ["http://0x7f.1/", "http://localhost/", "http://127.0.0.1.nip.example/"])
async def test_names_are_judged_by_what_they_resolve_to(url: str) -> None:
    result = await outcome(Guard(resolver=Names(["127.0.0.1"])), url)
    assert isinstance(result, Retryable)
    assert "private network" in result.reason


async def test_an_allowed_network_is_reached_and_the_signature_is_right() -> None:
    async with Vendor(webhook) as server:
        for guard, url in (
            (Guard(networks_of(["127.0.0.0/8"])), server.url),
            (Guard(networks_of(["127.0.0.1"]), Names(["127.0.0.1"])), server.url.replace("127.0.0.1", "hooks.example")),
        ):
            assert isinstance(await outcome(guard, url), Receipt)
        first, second = server.accepted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_of_several_addresses_only_the_allowed_ones_are_tried() -> None:
    async with Vendor(webhook) as server:
        guard = Guard(networks_of(["127.0.0.1"]), Names(["10.255.255.1", "127.0.0.1"]))
        assert isinstance(await outcome(guard, server.url.replace("127.0.0.1", "hooks.example")), Receipt)


async def test_a_signature_tells_its_time() -> None:
    async with Vendor(webhook) as server:
        result = await outcome(Guard(networks_of(["127.0.0.1"])), server.url, clock=lambda: 1_750_000_000.0)
    assert isinstance(result, Rejected)
    assert "timestamp too old" in result.reason


async def test_an_environments_proxy_is_no_way_around(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Vendor(lambda _: None) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        result = await outcome(Guard(resolver=Names(["10.0.0.1"])), "http://hooks.example/")
        assert isinstance(result, Retryable)
        assert proxy.accepted == []


@pytest.mark.parametrize("secret", ["", "x", "whsec_", "whsec_c2hvcnQ=", "whsec_???", "c2hvcnQ="])
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError):
        keys_of(secret)


async def test_two_secrets_sign_twice() -> None:
    other = WEBHOOK_SECRET.replace("MDEy", "MDEz")
    headers = signed_headers(keys_of(f"{other} {WEBHOOK_SECRET}"), "msg_1", 1, b"{}")
    assert len(headers["webhook-signature"].split()) == 2
