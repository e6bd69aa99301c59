"""`python -m benchmarks.gateway`: one gateway process under load, beside a bare ASGI app that only reads the body.

The gateway runs on one core, the load on the others; broker and database run wherever there is room, and are counted
in the machine's load. Envelopes of 4 KB, as Sentry's SDKs send them.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import uvloop

from gateway.publishing import Written
from gateway.spool import Spool
from seawall.embedded.stack import EmbeddedStack
from seawall.settings import Settings
from seawall.topics import ensure_topics
from sinks.postgres.connecting import connect
from sinks.postgres.migrating import migrate
from sinks.postgres.projects import ensure_key

BARE = """
import asyncio, sys, uvicorn
from gateway.bounds import Bounds
from gateway.running import _uvicorn

async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    head = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"{}"})

config = _uvicorn(app, Bounds())
config.host, config.port, config.loop = "127.0.0.1", int(sys.argv[1]), "uvloop"
uvicorn.Server(config).run()
"""
CONNECTIONS = 64
ENVELOPE_BYTES = 4_096


def envelope(number: int) -> bytes:
    """An envelope with one event, of ENVELOPE_BYTES."""
    event = {
        "event_id": f"{number:032x}",
        "level": "error",
        "platform": "python",
        "exception": {"values": [{"type": "KeyError", "value": str(number % 50)}]},
        "extra": {"padding": "x" * (ENVELOPE_BYTES - 330)},
    }
    payload = json.dumps(event).encode()
    head = json.dumps({"event_id": event["event_id"], "sent_at": "2024-01-01T00:00:00Z"}).encode()
    return head + b"\n" + json.dumps({"type": "event", "length": len(payload)}).encode() + b"\n" + payload + b"\n"


async def load(port: int, path: str, seconds: float, rate: float | None = None) -> dict[str, float]:
    """Send for a while over CONNECTIONS connections, as fast as it goes or at a rate; what came of it."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    gap = CONNECTIONS / rate if rate else 0.0

    async def sender(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first << 32
        due = time.perf_counter() + (first / CONNECTIONS) * gap
        while (now := time.perf_counter()) < end:
            if gap:
                await asyncio.sleep(max(0.0, due - now))
            begin = due if gap else time.perf_counter()  # a late start is waiting, too
            due += gap
            number += 1
            body = envelope(number)
            writer.write(
                f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-sentry-envelope\r\n"
                f"content-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:200]
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            latencies.append(time.perf_counter() - begin)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(sender(number) for number in range(CONNECTIONS)))
    elapsed = time.perf_counter() - began
    latencies.sort()
    return {
        "requests_per_second": len(latencies) / elapsed,
        "megabytes_per_second": len(latencies) * ENVELOPE_BYTES / elapsed / 1e6,
        "p50_ms": latencies[len(latencies) // 2] * 1e3,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1e3,
    }


@contextmanager
def process(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """A server on the first core."""
    child = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        psutil.Process(child.pid).cpu_affinity([0])
        _wait(port)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not come up")


def measured(name: str, child: psutil.Process, to: tuple[int, str], seconds: float, rate: float | None = None) -> Any:
    """A run, with the CPU time of the server for each request."""
    port, path = to
    times = child.cpu_times()
    found = uvloop.run(load(port, path, seconds, rate))
    spent = child.cpu_times()
    used = spent.user + spent.system - times.user - times.system
    found["cpu_us_per_request"] = used * 1e6 / (found["requests_per_second"] * seconds)
    found["rss_mb"] = child.memory_info().rss / 1e6
    print(name, json.dumps({key: round(value, 1) for key, value in found.items()}), flush=True)
    return found


async def idle(port: int, count: int, child: psutil.Process) -> float:
    """Megabytes that so many connections cost, each after a first request."""
    before = child.memory_info().rss
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"}")
        writers.append(writer)
    used = (child.memory_info().rss - before) / 1e6
    for writer in writers:
        writer.close()
    return used


def drain(folder: Path, megabytes: int, port: int, metrics: int, told: dict[str, str]) -> float:
    """Megabytes a second at which a new gateway sends what an earlier one has kept."""
    spool = Spool(folder / "gateway", 2 * megabytes * 1_000_000)
    spool.open()
    per_append = 200
    for start in range(0, megabytes * 1_000_000 // ENVELOPE_BYTES, per_append):
        spool.append([Written(envelope(start + one), b"", []) for one in range(per_append)])
    size = spool.size
    spool.close()
    told = {**told, "SEAWALL_METRICS_PORT": str(metrics), "SEAWALL_DATA": str(folder)}
    with process([sys.executable, "-m", "seawall", "gateway"], port, told):
        began = time.perf_counter()
        while _metric(metrics, "seawall_gateway_spooled_bytes") > 0:
            time.sleep(0.05)
        return size / 1e6 / (time.perf_counter() - began)


def _metric(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections to hold")
    parser.add_argument("--spool", type=int, default=200, help="megabytes of a spool to send")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedStack(folder / "data", valkey=False) as stack:
            _measure(stack, folder, options)


def _measure(stack: EmbeddedStack, folder: Path, options: argparse.Namespace) -> None:
    seconds, connections = options.seconds, options.idle
    endpoints = stack.endpoints()
    migrate(endpoints["DATABASE_URL"])
    settings = Settings(
        kafka_bootstrap_servers=endpoints["KAFKA_BOOTSTRAP_SERVERS"], database_url=endpoints["DATABASE_URL"]
    )
    asyncio.run(ensure_topics(settings))
    port = stack.ports.take("gateway")

    async def key() -> Any:
        async with await connect(endpoints["DATABASE_URL"], application_name="benchmark") as connection:
            return await ensure_key(connection, "benchmark", "", [])

    made = asyncio.run(key())
    path = f"/api/{made.project_id}/envelope/?sentry_key={made.text}"
    print("load average before", os.getloadavg()[0])
    with process([sys.executable, "-c", BARE, str(port)], port, {}) as child:
        measured("bare: warm-up", child, (port, path), 2)
        bare = measured("bare", child, (port, path), seconds)
    told = {
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
        "SEAWALL_DATABASE_URL": settings.postgres(),
        "SEAWALL_GATEWAY_PORT": str(port),
        "SEAWALL_DATA": str(folder / "gateway"),
        "SEAWALL_GATEWAY_CONNECTIONS": str(connections + 1_000),
    }
    with process([sys.executable, "-m", "seawall", "gateway"], port, told) as child:
        measured("gateway: warm-up", child, (port, path), 2)
        full = measured("gateway", child, (port, path), seconds)
        half = full["requests_per_second"] / 2
        measured("gateway at half load", child, (port, path), seconds, half)
        if connections:
            used = uvloop.run(idle(port, connections, child))
            print(f"{connections} idle connections: {used:.0f} MB")
    if options.spool:
        rate = drain(folder, options.spool, port, stack.ports.take("metrics"), told)
        print(f"spool: {rate:.0f} MB/s, 1 GB in {1_000 / rate:.0f} s")
    share = full["requests_per_second"] / bare["requests_per_second"]
    print(f"share of the bare app: {share:.2f}; by CPU {bare['cpu_us_per_request'] / full['cpu_us_per_request']:.2f}")


if __name__ == "__main__":
    main()
