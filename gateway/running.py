"""The gateway's process: keys, Kafka and the HTTP server, from start to end."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import structlog
import uvicorn

from gateway.bounds import Bounds
from gateway.burying import Burying
from gateway.connections import bounded_protocol
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.listening.serving import Listening, bound, listeners
from gateway.publishing import Publisher
from gateway.requests import Bodies
from gateway.server import Gateway
from gateway.spool import Spool
from gateway.writing import Writer
from sinks.postgres.connecting import Pool, new_pool
from sinks.postgres.processes import beat, leave
from telemetry.garbage import settle

__all__ = ["GatewayConfig", "Serve", "run_gateway"]

BEAT_SECONDS = 5.0
PROBE_SECONDS = 1.0  # between attempts to reach a Kafka that is away
GRACE_SECONDS = 10  # for requests under way when we are told to stop

Serve = Callable[[Callable[[], bool]], Coroutine[Any, Any, None]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """What the gateway needs to know."""

    host: str
    port: int
    kafka: dict[str, Any]  # aiokafka's arguments for a client
    topic: str  # of errors
    max_record: int  # bytes that the topic takes
    database_url: str
    redis_url: str | None = None  # for limits over all gateways
    spool: Path  # folder for what comes while Kafka is away
    spool_bytes: int  # of all that is kept there; 0: nothing is
    other_topics: dict[str, str] = field(default_factory=dict)  # by what they are of
    dead_topic: str  # for what the others do not take
    bounds: Bounds = field(default_factory=Bounds)
    listening: Listening = field(default_factory=Listening)
    instance: str | None = None


async def run_gateway(config: GatewayConfig, serve: Serve | None = None) -> None:
    """Run until SIGTERM or SIGINT. Kafka and PostgreSQL may come and go meanwhile.

    Args:
        config: see there.
        serve: serves health and metrics for ever, given whether we are ready.

    Raises:
        OSError: the port is taken, or the spool's folder cannot be used.
    """
    keys = KeyBook(config.database_url)
    publisher = Publisher(config.topic, config.kafka, config.max_record)
    # Producers of their own: were a topic missing, errors would have to wait for it.
    others = {name: Publisher(topic, config.kafka, config.max_record) for name, topic in config.other_topics.items()}
    async with AsyncExitStack() as stack:
        spool = None
        if config.spool_bytes:
            spool = Spool(config.spool, config.spool_bytes)
            spool.open()
            stack.callback(spool.close)
        dead = Publisher(config.dead_topic, config.kafka, config.max_record)
        topics = {"": config.topic, **config.other_topics}
        writer = Writer(publisher, others, Burying(dead, topics, config.spool if spool else None), spool)
        allowance = Allowance(config.redis_url)
        stack.push_async_callback(allowance.close)
        application = Gateway(keys, Bodies(config.bounds), allowance, writer)
        listening = bound(config.host, config.port)
        stack.callback(listening.close)
        for one in (publisher, *others.values(), dead):
            await one.open()
            stack.push_async_callback(one.close)
        pool = new_pool(config.database_url, application_name="seawall gateway", max_size=2)
        await pool.open(wait=False)
        stack.push_async_callback(pool.close)
        works = listeners(config.listening, keys, allowance, writer, stack)  # first: a port may be taken
        works += [keys.run(), _probe(publisher), _beats(pool, config.instance)]
        if spool is not None:
            works.append(writer.drain(spool))
        if serve is not None:
            works.append(serve(lambda: application.ready))
        side = [asyncio.create_task(work) for work in works]
        server = _Server(_uvicorn(application, config.bounds))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        _log.info("gateway_started", host=config.host, port=listening.getsockname()[1])
        settle()
        main = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            done, _ = await asyncio.wait([main, *side], return_when=asyncio.FIRST_COMPLETED)
            server.stop()
            await main
            for task in done:
                task.result()  # a task that ended by itself has failed: say why
        finally:
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)
    _log.info("gateway_stopped")


class _Server(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own ends the process with the signal, and nothing is put away."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield

    def stop(self) -> None:
        """Answer the requests under way, then end."""
        self.should_exit = True


def _uvicorn(application: Gateway, bounds: Bounds) -> uvicorn.Config:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it repeats itself each second; we say what changes
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # broken requests are no news of ours
    return uvicorn.Config(
        application,
        http=bounded_protocol(bounds.head_bytes, bounds.head_seconds),
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,  # addresses hold keys
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=bounds.connections,
        timeout_keep_alive=round(bounds.idle_seconds),
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=1_024,
    )


async def _probe(publisher: Publisher) -> None:
    """Connect to Kafka, at the start and whenever it was away, also while nobody sends."""
    while True:
        if publisher.away:
            await publisher.probe()
        await asyncio.sleep(PROBE_SECONDS)


async def _beats(pool: Pool, instance: str | None) -> None:
    """Say that we are alive, for `seawall status`."""
    host, pid, since = socket.gethostname(), os.getpid(), datetime.now(UTC)
    info = {"instance": instance} if instance else {}
    try:
        while True:
            with suppress(psycopg.Error, OSError):
                async with pool.connection() as connection:
                    await beat(connection, "gateway", host, pid, since, info)
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        with suppress(psycopg.Error, OSError):
            async with pool.connection(timeout=1) as connection:
                await leave(connection, "gateway", host, pid)
