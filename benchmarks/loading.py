"""Requests to an HTTP server of ours over many connections, as fast as it goes or at a rate; and such servers."""

import asyncio
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

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
CONNECTIONS = 256  # so many that the server is never without a request, however long Kafka takes
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
    """An envelope with one event, of ENVELOPE_BYTES; made so that the load costs little beside the server."""
    event_id = b"%032x" % number
    before, between, behind, rest = _PARTS
    return b"".join((before, event_id, between, event_id, behind, b"%02d" % (number % 50), rest))


def _parts() -> list[bytes]:
    """What stands around the id of an envelope, that of its event, and the error's message."""
    event = {
        "event_id": "I" * 32,
        "level": "error",
        "platform": "python",
        "exception": {"values": [{"type": "KeyError", "value": "##"}]},
        "extra": {"padding": "x" * (ENVELOPE_BYTES - 330)},
    }
    payload = json.dumps(event)
    head = json.dumps({"event_id": event["event_id"], "sent_at": "2024-01-01T00:00:00Z"})
    item = json.dumps({"type": "event", "length": len(payload)})
    return re.split(b"I{32}|##", f"{head}\n{item}\n{payload}\n".encode())


_PARTS = _parts()


class _Sender(asyncio.Protocol):
    """One connection: a request, its answer, the next request; as fast as it goes, or one every `gap` seconds."""

    def __init__(self, path: str, first: int, end: float, gap: float) -> None:
        self.latencies: list[float] = []
        self.done = asyncio.get_running_loop().create_future()
        self._head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-sentry-envelope\r\n".encode()
        self._number = first << 32
        self._end, self._gap = end, gap
        self._due = time.perf_counter() + (first / CONNECTIONS) * gap
        self._began = 0.0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.connection_lost(ConnectionError(repr(head[:200])))
            return
        self._answer = b""
        self.latencies.append(time.perf_counter() - self._began)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed by the server"))

    def _next(self) -> None:
        now = time.perf_counter()
        if now >= self._end:
            self.done.set_result(None)
            self._transport.close()
        elif self._gap and self._due > now:
            asyncio.get_running_loop().call_later(self._due - now, self._send)
        else:
            self._send()

    def _send(self) -> None:
        self._began = self._due if self._gap else time.perf_counter()  # a late start is waiting, too
        self._due += self._gap
        self._number += 1
        body = envelope(self._number)
        self._transport.write(b"%scontent-length: %d\r\n\r\n%s" % (self._head, len(body), body))


async def _load(port: int, path: str, seconds: float, rate: float | None) -> tuple[float, list[float]]:
    """Send for a while; requests a second, and the time that each took, in order."""
    began = time.perf_counter()
    gap = CONNECTIONS / rate if rate else 0.0
    senders = [_Sender(path, number, began + seconds, gap) for number in range(CONNECTIONS)]
    loop = asyncio.get_running_loop()
    for sender in senders:
        await loop.create_connection(lambda sender=sender: sender, "127.0.0.1", port)  # type: ignore[misc]  # its own
    await asyncio.gather(*(sender.done for sender in senders))
    latencies = sorted(latency for sender in senders for latency in sender.latencies)
    return len(latencies) / (time.perf_counter() - began), latencies


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
