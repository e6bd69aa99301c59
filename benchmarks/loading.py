"""Requests to an HTTP server of ours over many connections, as fast as it goes or at a rate; and such servers."""

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import uvloop

__all__ = ["BARE", "ENVELOPE_BYTES", "Pace", "envelope", "metric", "paced", "serving"]

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
COME_UP = 60.0  # seconds for a server to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How it went."""

    per_second: float
    p50: float  # seconds
    p99: float
    cpu_micros: float  # of the server, for each request


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


async def _load(port: int, path: str, seconds: float, rate: float | None) -> tuple[float, list[float]]:
    """Send for a while; requests a second, and the time that each took, in order."""
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
    return len(latencies) / elapsed, sorted(latencies)


def paced(server: psutil.Process, port: int, path: str, seconds: float, rate: float | None = None) -> Pace:
    """Send envelopes over CONNECTIONS connections, as fast as it goes or at a rate."""
    before = server.cpu_times()
    per_second, latencies = uvloop.run(_load(port, path, seconds, rate))
    after = server.cpu_times()
    used = after.user + after.system - before.user - before.system
    return Pace(
        per_second=per_second,
        p50=latencies[len(latencies) // 2],
        p99=latencies[int(len(latencies) * 0.99)],
        cpu_micros=used * 1e6 / len(latencies),
    )


@contextmanager
def serving(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
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
    deadline = time.monotonic() + COME_UP
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not come up")


def metric(port: int, name: str) -> float:
    """What a server's metrics page says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))
