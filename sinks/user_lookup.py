"""Users looked up by HTTP in a service of the operator's: once for all of a batch, and never waited for long."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import aiohttp
import orjson
import structlog
from cachetools import TTLCache

from sinks.breaker import Breaker
from telemetry import metrics

__all__ = ["UserLookup"]

log = structlog.get_logger(__name__)

KEPT = 50_000  # users, those that are not known included
KEPT_SECONDS = 300.0
AT_ONCE = 500  # ids in one request
MAX_ID = 200  # characters; a longer one is no user's
MAX_ANSWER = 1 << 20  # bytes, decompressed
MAX_TEXT = 200  # characters of one value
MAX_ITEMS = 20  # of a list

User = dict[str, Any]


class UserLookup:
    """Asks a service about users. One a worker; what changes of the rules makes a new one.

    Args:
        url: gets a POST of `{"ids": […]}` and answers `{"users": {"<id>": {…}}}`.
        fields: what is kept of a user.
        timeout: seconds.
        clock: monotonic, seconds.
    """

    def __init__(
        self, url: str, fields: Sequence[str], timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._fields = tuple(fields)
        self._timeout = timeout
        self._known: TTLCache[str, User] = TTLCache(KEPT, KEPT_SECONDS, timer=clock)
        self._breaker = Breaker(clock)
        self._turn = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def look_up(self, user_ids: Iterable[str]) -> dict[str, User]:
        """What is known of users, by id, without those of whom nothing is.

        Never raises, and waits for no longer than the time limit, for another batch's request included.
        """
        wanted = dict.fromkeys(one for one in user_ids if one and len(one) <= MAX_ID)
        if any(one not in self._known for one in wanted):
            try:
                async with asyncio.timeout(self._timeout), self._turn:
                    await self._ask([one for one in wanted if one not in self._known][:AT_ONCE])
            except TimeoutError:
                metrics.USER_LOOKUPS.labels("too slow").inc()
        return {one: user for one in wanted if (user := self._known.get(one))}

    async def close(self) -> None:
        """Let the connection go."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, ids: list[str]) -> None:
        if not ids:  # the batch before has asked for the same
            return
        if not self._breaker.lets_through():
            metrics.USER_LOOKUPS.labels("not asked").inc()
            return
        answered = False
        try:
            users = await self._post(ids)
            answered = True
        except Exception as problem:  # noqa: BLE001 -- whatever comes over the network, errors are stored all the same
            metrics.USER_LOOKUPS.labels("failed").inc()
            log.debug("Looking users up failed", problem=type(problem).__name__)
        finally:  # also when time is up
            if self._breaker.told(answered=answered):
                log.warning("Users are not looked up for a while: the service fails or is too slow")
        if answered:
            metrics.USER_LOOKUPS.labels("answered").inc()
            self._known.update({one: self._user(users.get(one)) for one in ids})

    async def _post(self, ids: list[str]) -> Mapping[str, Any]:
        """The answer's users. Raises ValueError where it is none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1), cookie_jar=aiohttp.DummyCookieJar()
            )
        body = orjson.dumps({"ids": ids})
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:  # noqa: PLR2004 -- OK
                raise ValueError(f"status {answer.status}")
            read = bytearray()
            async for chunk in answer.content.iter_any():
                read += chunk
                if len(read) > MAX_ANSWER:
                    raise ValueError("the answer is too large")
        said = orjson.loads(read)
        users = said.get("users") if isinstance(said, dict) else None
        if not isinstance(users, dict):
            raise ValueError("the answer is not of the form that is asked for")  # noqa: TRY004 -- a state of the answer
        return users

    def _user(self, given: Any) -> User:
        fields = given if isinstance(given, dict) else {}
        made = {name: _bounded(fields.get(name)) for name in self._fields}
        return {name: value for name, value in made.items() if value is not None}


def _bounded(value: Any) -> Any:
    if isinstance(value, list):
        return [made for one in value[:MAX_ITEMS] if (made := _scalar(one)) is not None]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MAX_TEXT].replace("\0", "")
    return value if isinstance(value, bool | int | float) else None
