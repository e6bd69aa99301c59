"""Asks Prometheus, or what speaks as it does, for a range: https://prometheus.io/docs/prometheus/latest/querying/api/."""

import math
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import orjson

from sinks.breaker import Breaker

__all__ = ["Access", "Prometheus", "PrometheusError", "Series"]

MAX_ANSWER = 8 << 20  # bytes, decompressed
MAX_SERIES = 5_000
MAX_RATE = 1e12  # requests a second: what is more is none, and would not fit into what is counted
MAX_PROBLEM = 300  # characters of what it says is wrong


class PrometheusError(Exception):
    """It did not answer, or not with what was asked for; the message says why, in one line."""


class Series(NamedTuple):
    """The values of one set of labels: (epoch seconds, value), finite, not negative and not beyond all measure."""

    labels: dict[str, str]
    values: list[tuple[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where it is, and how to be let in."""

    url: str
    token: str | None = None  # a bearer token
    ca_file: str | None = None  # what certificates are checked with beside those of the system
    timeout: float = 5.0  # seconds

    def __repr__(self) -> str:
        """Without the token."""
        return f"Access({self.url})"


class Prometheus:
    """One server; asks one thing at a time.

    Args:
        access: how it is reached.
        clock: monotonic, seconds.
    """

    def __init__(self, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._breaker = Breaker(clock)
        self._session: aiohttp.ClientSession | None = None

    async def range(self, query: str, start: int, end: int, step: int) -> list[Series]:
        """The values of a query from `start` to `end`, both included. Raises PrometheusError.

        Args:
            query: PromQL.
            start: epoch seconds.
            end: likewise.
            step: seconds.
        """
        if not self._breaker.lets_through():
            raise PrometheusError("not asked for a while, since it failed again and again")
        answered = False
        try:
            status, body = await self._post({"query": query, "start": str(start), "end": str(end), "step": str(step)})
            answered = status < 500  # noqa: PLR2004 - a query that it refuses is not its fault
        except (aiohttp.ClientError, OSError, TimeoutError, ssl.SSLError) as error:
            raise PrometheusError(_said(error, self._access.timeout)) from error
        finally:
            self._breaker.told(answered=answered)
        return _series(status, body)

    async def close(self) -> None:
        """Let the connection go."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, form: dict[str, str]) -> tuple[int, bytes]:
        access = self._access
        if self._session is None:
            context = ssl.create_default_context()
            if access.ca_file is not None:
                context.load_verify_locations(access.ca_file)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, ssl=context),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Authorization": f"Bearer {access.token}"} if access.token else None,
                timeout=aiohttp.ClientTimeout(total=access.timeout),
            )
        url = f"{access.url.rstrip('/')}/api/v1/query_range"
        form = {**form, "timeout": f"{access.timeout:g}s"}
        async with self._session.post(url, data=form, allow_redirects=False) as answer:
            read = bytearray()
            async for chunk in answer.content.iter_any():
                read += chunk
                if len(read) > MAX_ANSWER:
                    raise PrometheusError(f"its answer is larger than {MAX_ANSWER >> 20} MB")
            return answer.status, bytes(read)


def _said(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    return " ".join(f"not reached: {error}".split())[:MAX_PROBLEM]


def _series(status: int, body: bytes) -> list[Series]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PrometheusError(f"status {status}, and no JSON") from None
    if not isinstance(said, dict) or said.get("status") != "success" or status != 200:  # noqa: PLR2004 - OK
        what = said.get("error") if isinstance(said, dict) else None
        raise PrometheusError(f"status {status}: {' '.join(str(what or 'no reason given').split())[:MAX_PROBLEM]}")
    data = said.get("data")
    found = data.get("result") if isinstance(data, dict) and data.get("resultType") == "matrix" else None
    if not isinstance(found, list):
        raise PrometheusError("its answer is no matrix")
    if len(found) > MAX_SERIES:
        raise PrometheusError(f"its answer has {len(found):,} series: aggregate by what the rule is grouped by")
    try:
        return [Series(_labels(one["metric"]), list(_values(one["values"]))) for one in found]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PrometheusError("its answer is not of the documented form") from None


def _labels(metric: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in metric.items()}


def _values(values: Any) -> Iterator[tuple[int, float]]:
    for at, text in values:
        value = float(text)  # `NaN` and `+Inf` are among them
        if math.isfinite(value) and 0 <= value <= MAX_RATE:
            yield int(at), value
