"""Plays Prometheus' HTTP API as it is documented: https://prometheus.io/docs/prometheus/latest/querying/api/."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

POINTS = 11_000  # "exceeded maximum resolution of 11,000 points per timeseries"


@dataclass
class PlayedPrometheus:
    """Answers range queries with a value a series, and refuses what the real one refuses."""

    series: list[tuple[dict[str, str], Callable[[float], str]]] = field(default_factory=list)
    token: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    instead: web.Response | None = None  # answered with, whatever is asked
    hangs: bool = False
    url: str = ""

    async def query_range(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.hangs:
            await asyncio.sleep(60)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401, text="Unauthorized\n")
        if self.instead is not None:
            return self.instead
        if why := _wrong(form):
            return web.json_response({"status": "error", "errorType": "bad_data", "error": why}, status=400)
        start, end, step = (float(form[name]) for name in ("start", "end", "step"))
        times = [start + n * step for n in range(int((end - start) / step) + 1)]
        result = [{"metric": labels, "values": [[at, value(at)] for at in times]} for labels, value in self.series]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": result}})


def _wrong(form: dict[str, str]) -> str | None:
    """What the real one says of such a query."""
    try:
        start, end, step = float(form["start"]), float(form["end"]), float(form["step"])
    except (KeyError, ValueError) as missing:
        return f'invalid parameter "{missing}"'
    wrong = {
        'invalid parameter "end": end timestamp must not be before start time': end < start,
        'invalid parameter "step": zero or negative query resolution step widths are not accepted': step <= 0,
        "exceeded maximum resolution of 11,000 points per timeseries": step > 0 and (end - start) / step > POINTS,
        'invalid parameter "query": 1:4: parse error: unclosed left parenthesis': form.get("query", "").count("(")
        != form.get("query", "").count(")"),
    }
    return next((why for why, is_wrong in wrong.items() if is_wrong), None)


@asynccontextmanager
async def played(prometheus: PlayedPrometheus, **site: Any) -> AsyncIterator[PlayedPrometheus]:
    """Serve it on a port of its own."""
    app = web.Application()
    app.router.add_post("/api/v1/query_range", prometheus.query_range)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, **site).start()
    prometheus.url = f"{'https' if site else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield prometheus
    finally:
        await runner.cleanup()
