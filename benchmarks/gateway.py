"""One gateway process under load, beside a bare ASGI app that only reads the body.

The gateway runs on one core, the load on the others; broker and database run wherever there is room. Envelopes of 4 KB,
as Sentry's SDKs send them. Both are measured by turns, and the better round of each counts: others may use the machine.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks.arena import Arena, Run
from benchmarks.loading import BARE, ENVELOPE_BYTES, Pace, envelope, metric, paced, serving
from gateway.publishing import Written
from gateway.spool import Spool
from sinks.postgres.connecting import connect
from sinks.postgres.projects import ensure_key

__all__ = ["GatewayFigures", "measure_gateway"]

WARM_UP = 2.0  # seconds
APPEND = 200  # records at a time to the spool
GATEWAY = [sys.executable, "-m", "seawall", "gateway"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFigures:
    """What was measured. Sizes are in bytes, times in seconds."""

    bare: Pace
    gateway: Pace
    half: Pace  # the gateway at half of what it takes
    bare_half: Pace  # the bare app at the same rate: what of the times is the machine's
    connections: int
    idle_bytes: int  # that so many idle connections cost
    spool_per_second: float  # bytes sent of what was kept


def measure_gateway(
    arena: Arena, *, seconds: float, rounds: int, connections: int, spool_megabytes: int
) -> GatewayFigures:
    """Measure it.

    Args:
        arena: the servers.
        seconds: of each round.
        rounds: by turns.
        connections: idle ones to hold.
        spool_megabytes: to be sent by a gateway that starts.
    """
    run = arena.new_run("bench.gateway", gateway_connections=str(connections + 1_000))
    port = arena.port("gateway")
    env = {**run.env, "SEAWALL_GATEWAY_PORT": str(port)}
    made = asyncio.run(_key(run))
    path = f"/api/{made.project_id}/envelope/?sentry_key={made.text}"

    def measured(command: list[str]) -> Pace:
        with serving(command, port, env) as server:
            paced(server, port, path, WARM_UP)
            return paced(server, port, path, seconds)

    bare_command = [sys.executable, "-c", BARE, str(port)]
    turns = [(measured(bare_command), measured(GATEWAY)) for _ in range(rounds)]
    bare, best = (max(paces, key=lambda pace: pace.per_second) for paces in zip(*turns, strict=True))
    with serving(bare_command, port, env) as server:
        paced(server, port, path, WARM_UP)
        bare_half = paced(server, port, path, seconds, best.per_second / 2)
    with serving(GATEWAY, port, env) as server:
        paced(server, port, path, WARM_UP)
        half = paced(server, port, path, seconds, best.per_second / 2)
        idle = uvloop.run(_idle(port, connections, server))
    rate = _drained(run, arena.port("metrics"), port, env, spool_megabytes * 1_000_000)
    return GatewayFigures(
        bare=bare,
        gateway=best,
        half=half,
        bare_half=bare_half,
        connections=connections,
        idle_bytes=idle,
        spool_per_second=rate,
    )


async def _key(run: Run) -> Any:
    async with await connect(run.database_url, application_name="benchmark") as connection:
        return await ensure_key(connection, "benchmark", "", [])


async def _idle(port: int, count: int, server: psutil.Process) -> int:
    """Bytes that so many connections cost, each after a first request."""
    before = server.memory_info().rss
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"}")
        writers.append(writer)
    used = server.memory_info().rss - before
    for writer in writers:
        writer.close()
    return int(used)


def _drained(run: Run, metrics: int, port: int, env: dict[str, str], size: int) -> float:
    """Bytes a second at which a new gateway sends what an earlier one has kept."""
    folder = Path(run.settings.data) / "drained"
    spool = Spool(folder / "gateway", 2 * size)
    spool.open()
    for start in range(0, size // ENVELOPE_BYTES, APPEND):
        spool.append([Written(envelope(start + one), b"", []) for one in range(APPEND)])
    kept = spool.size
    spool.close()
    told = {**env, "SEAWALL_METRICS_PORT": str(metrics), "SEAWALL_DATA": str(folder)}
    with serving(GATEWAY, port, told):
        began = time.perf_counter()
        while metric(metrics, "seawall_gateway_spooled_bytes") > 0:
            time.sleep(0.05)
        return kept / (time.perf_counter() - began)
