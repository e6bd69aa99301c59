"""Prometheus is asked within a time limit, and whatever it answers is sound or an error in one line."""

import orjson
import pytest
from aiohttp import web

from sinks.breaker import Breaker
from sinks.prometheus import MAX_ANSWER, Access, Prometheus, PrometheusError, Series
from tests.sinks.prometheus_server import PlayedPrometheus, played

SHOP = {"service": "shop"}


async def asked(server: PlayedPrometheus, query: str = "up", *, clock=lambda: 0.0, **access):
    client = Prometheus(Access(url=server.url, **{"timeout": 5.0, **access}), clock)
    try:
        return await client.range(query, 600, 720, 60)
    finally:
        await client.close()


async def test_a_range_is_asked_for_as_documented():
    async with played(PlayedPrometheus([(SHOP, lambda at: str(at / 60))], token="s3cret")) as server:
        assert await asked(server, "sum(rate(x[1m]))", token="s3cret") == [
            Series(SHOP, [(600, 10.0), (660, 11.0), (720, 12.0)])
        ]
        assert server.asked == [
            {"query": "sum(rate(x[1m]))", "start": "600", "end": "720", "step": "60", "timeout": "5s"}
        ]


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "-1", "1e308"])
async def test_values_that_are_no_number_of_requests_are_left_out(value):
    async with played(PlayedPrometheus([(SHOP, lambda at: value if at == 660 else "1")])) as server:
        assert await asked(server) == [Series(SHOP, [(600, 1.0), (720, 1.0)])]


def _matrix(result):
    return orjson.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "status 200, and no JSON"),
        (200, b"[]", "no reason given"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": []}}', "its answer is no matrix"),
        (200, _matrix([{"metric": {}, "values": [[1, "x"]]}]), "not of the documented form"),
        (200, _matrix([{"metric": 1}]), "not of the documented form"),
        (200, _matrix([{}] * 5_001), "its answer has 5,001 series"),
        (200, b"x" * (MAX_ANSWER + 1), "larger than 8 MB"),
        (
            422,
            b'{"status": "error", "errorType": "execution", "error": "out of\\nmemory"}',
            "status 422: out of memory",
        ),
        (302, b"", "status 302"),
        (503, b'{"status": "error", "error": "query timed out"}', "status 503: query timed out"),
    ],
)
async def test_what_is_no_answer_says_so_in_one_line(status, body, said):
    async with played(PlayedPrometheus(instead=web.Response(status=status, body=body))) as server:
        with pytest.raises(PrometheusError, match=said) as caught:
            await asked(server)
    assert "\n" not in str(caught.value)


async def test_a_query_that_is_refused_a_wrong_token_and_nobody_there():
    async with played(PlayedPrometheus(token="s3cret")) as server:
        with pytest.raises(PrometheusError, match="unclosed left parenthesis"):
            await asked(server, "sum(", token="s3cret")
        with pytest.raises(PrometheusError, match="status 401") as caught:
            await asked(server, token="wr0ng")
        assert "wr0ng" not in str(caught.value)
        assert "wr0ng" not in repr(Access(url=server.url, token="wr0ng"))
    with pytest.raises(PrometheusError, match="not reached"):
        await asked(server)


async def test_it_is_not_waited_for_and_not_asked_again_and_again():
    now = [0.0]
    async with played(PlayedPrometheus([(SHOP, lambda at: "1")], hangs=True)) as server:
        client = Prometheus(Access(url=server.url, timeout=0.05), lambda: now[0])
        for _ in range(Breaker.FAILURES):
            with pytest.raises(PrometheusError, match=r"no answer within 0.05 s"):
                await client.range("up", 600, 720, 60)
        asked_before = len(server.asked)
        with pytest.raises(PrometheusError, match="not asked for a while"):
            await client.range("up", 600, 720, 60)
        assert len(server.asked) == asked_before
        server.hangs, now[0] = False, Breaker.PAUSE
        assert len(await client.range("up", 600, 720, 60)) == 1
        await client.close()


async def test_a_refused_query_does_not_stop_others():
    async with played(PlayedPrometheus([(SHOP, lambda at: "1")])) as server:
        client = Prometheus(Access(url=server.url), lambda: 0.0)
        for _ in range(Breaker.FAILURES + 1):
            with pytest.raises(PrometheusError, match="parse error"):
                await client.range("sum(", 600, 720, 60)
        assert len(await client.range("up", 600, 720, 60)) == 1
        await client.close()
