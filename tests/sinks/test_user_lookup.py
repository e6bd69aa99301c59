"""Users are looked up in a service that may be slow, broken, huge or lying; what waits for it never waits for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from sinks.user_lookup import AT_ONCE, KEPT_SECONDS, MAX_ANSWER, MAX_ID, MAX_ITEMS, MAX_TEXT, UserLookup

ANN = {"plan": "gold", "country": "SE"}


class Service:
    """A service that knows users, as a test wants it to be."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.users: dict[str, Any] = {"ann": {**ANN, "password": "hunter2"}}
        self.answer: Callable[[], Awaitable[web.StreamResponse]] | None = None
        self.now = 1_000.0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ids = (await request.json())["ids"]
        self.asked.append(ids)
        if self.answer is not None:
            return await self.answer()
        return web.json_response({"users": {one: self.users[one] for one in ids if one in self.users}})

    def answers(self, body: Any = b"", status: int = 200, **headers: str) -> None:
        async def answer() -> web.Response:
            return web.Response(
                body=body if isinstance(body, bytes) else orjson.dumps(body), status=status, headers=headers
            )

        self.answer = answer


@asynccontextmanager
async def looking_up(service: Service, seconds: float = 20.0) -> AsyncIterator[UserLookup]:
    app = web.Application()
    app.router.add_post("/users", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    lookup = UserLookup(f"http://127.0.0.1:{port}/users", ["plan", "country"], seconds, lambda: service.now)
    try:
        yield lookup
    finally:
        await lookup.close()
        await runner.cleanup()


async def test_all_users_of_a_batch_are_asked_for_once_and_remembered_for_a_while():
    service = Service()
    async with looking_up(service) as lookup:
        assert await lookup.look_up(["ann", "bo", "ann", "", "x" * (MAX_ID + 1)]) == {"ann": ANN}
        assert await lookup.look_up(["bo", "ann"]) == {"ann": ANN}
        assert service.asked == [["ann", "bo"]]
        service.now += KEPT_SECONDS + 1
        assert await lookup.look_up(["ann"]) == {"ann": ANN}
        assert len(service.asked) == 2


async def test_batches_at_once_share_one_request():
    service = Service()
    async with looking_up(service) as lookup:
        both = await asyncio.gather(*(lookup.look_up(["ann"]) for _ in range(5)))
        assert both == [{"ann": ANN}] * 5
        assert service.asked == [["ann"]]


async def test_a_request_is_bounded():
    service = Service()
    async with looking_up(service) as lookup:
        await lookup.look_up(str(number) for number in range(AT_ONCE + 1))
        assert [len(ids) for ids in service.asked] == [AT_ONCE]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"plan": "x" * 1_000, "country": None}, {"plan": "x" * MAX_TEXT}),
        ({"plan": ["a", 1, {"b": 2}, None] * 30, "country": {"deep": 1}}, {"plan": ["a", 1] * (MAX_ITEMS // 4)}),
        ({"plan": True, "country": 1.5}, {"plan": True, "country": 1.5}),
        ({"plan": "a\0b"}, {"plan": "ab"}),
        ("no object", None),
        ({"else": 1}, None),
    ],
)
async def test_only_what_is_named_is_kept_and_bounded(given, kept):
    service = Service()
    service.users["ann"] = given
    async with looking_up(service) as lookup:
        assert await lookup.look_up(["ann"]) == ({} if kept is None else {"ann": kept})


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (b"", 200, {}),
        (b"<html>", 200, {}),
        (b"[1]", 200, {}),
        (b"{}", 200, {}),
        ({"users": [1]}, 200, {}),
        (b'{"users": {"ann": {"plan": "' + b"\xff" * 9 + b'"}}}', 200, {}),
        (b"{" * 200_000, 200, {}),
        (b'{"users": {}}' + b" " * MAX_ANSWER, 200, {}),
        ({"users": {"ann": ANN}}, 500, {}),
        ({"users": {"ann": ANN}}, 302, {"Location": "/users"}),
        (b"not gzip", 200, {"Content-Encoding": "gzip"}),
    ],
)
async def test_a_broken_service_is_as_good_as_none_and_soon_left_alone(body, status, headers):
    service = Service()
    service.answers(body, status, **headers)
    async with looking_up(service) as lookup:
        for number in range(8):
            assert await lookup.look_up([f"user {number}", "ann"]) == {}
        assert len(service.asked) == 5


async def test_what_is_known_is_told_while_the_service_is_away_and_it_is_tried_again_later():
    service = Service()
    async with looking_up(service) as lookup:
        await lookup.look_up(["ann"])
        service.answers(status=503)
        for _ in range(6):
            assert await lookup.look_up(["ann", "bo"]) == {"ann": ANN}
        assert len(service.asked) == 6
        service.now += 6  # one more try, and a longer pause
        await lookup.look_up(["bo"])
        service.now += 6
        await lookup.look_up(["bo"])
        assert len(service.asked) == 7
        service.now += 6
        service.answer, service.users = None, {"bo": ANN}
        assert await lookup.look_up(["bo"]) == {"bo": ANN}
        service.answers(status=503)
        for number in range(4):
            await lookup.look_up([f"user {number}"])
        assert len(service.asked) == 12


async def test_a_slow_service_is_not_waited_for():
    service = Service()
    never = asyncio.Event()

    async def answer() -> web.StreamResponse:
        await never.wait()
        return web.Response()

    service.answer = answer
    async with looking_up(service, seconds=0.05) as lookup:
        assert await asyncio.gather(*(lookup.look_up([f"user {number}"]) for number in range(3))) == [{}] * 3
        for number in range(6):
            assert await lookup.look_up([f"user {number}"]) == {}
        assert len(service.asked) <= 6
        never.set()


async def test_a_service_that_trickles_without_end_is_not_waited_for():
    service = Service()

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    service.handle = handle
    async with looking_up(service, seconds=0.2) as lookup:
        assert await lookup.look_up(["ann"]) == {}


async def test_a_service_that_is_not_there_raises_nothing():
    lookup = UserLookup("http://127.0.0.1:1/users", ["plan"], 5.0)
    assert await lookup.look_up(["ann"]) == {}
    await lookup.close()
