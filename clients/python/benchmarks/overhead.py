"""What the client costs the program that it watches: `python benchmarks/overhead.py` writes the manual's figures.

All is CPU time, so that whatever else runs on the machine counts little. Captures: of the thread that fails, the
median of the quickest hundred; of all others, which finish and send to a gateway in a process of its own, the mean.
Where nothing fails: the quickest of many rounds, without what the bare program takes. Starting: in a new process, the
quickest of several.

Where sentry-sdk is installed it does the same work beside it, with its default integrations and a transport that drops
what it is given. `--print` only shows the figures.
"""

from __future__ import annotations

import logging
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

HERE = Path(__file__).resolve().parents[1]
for folder in ("src", "tests", "tools"):
    sys.path.insert(0, str(HERE / folder))

import seawall_client  # noqa: E402  found by the lines above
from seawall_client.integrations.wsgi import SeawallWSGI  # noqa: E402

try:
    import sentry_sdk
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
except ImportError:
    sentry_sdk = None  # type: ignore[assignment]

DEPTH = 15  # frames
EVENTS = 1_000
ROUNDS = 25
Figures = dict[str, str]
ERROR = f"an error with {DEPTH} frames: on the thread that failed"
IMPORT = "`import …`"


class OrderError(Exception):
    """What the program fails of."""


def fail(depth: int, number: int) -> None:
    """Raise at the end of a few calls."""
    order = {"id": number, "items": [1, 2, 3]}
    if depth == 1:
        raise OrderError(f"order {order['id']} of customer {number % 7} was not stored")
    fail(depth - 1, number)


def errors(count: int) -> list[OrderError]:
    """Exceptions that were raised, each one its own."""
    made = []
    for number in range(count):
        try:
            fail(DEPTH, number)
        except OrderError as error:
            made.append(error)
    return made


def microseconds(work: Callable[[Any], Any], items: list[Any]) -> float:
    """CPU time of this thread for one of the items: the median of each hundred, of which the quickest."""
    taken = []
    for item in items:
        start = time.thread_time_ns()
        work(item)
        taken.append(time.thread_time_ns() - start)
    return min(statistics.median(taken[start : start + 100]) for start in range(0, len(taken), 100)) / 1_000


def nanoseconds(work: Callable[[], Any], bare: Callable[[], Any], loops: int = 2_000) -> float:
    """CPU time of one call, above the bare one: the quickest rounds of both, taken in turns."""
    best = {work: float("inf"), bare: float("inf")}
    for _ in range(ROUNDS):
        for call in (work, bare):
            start = time.thread_time_ns()
            for _ in range(loops):
                call()
            best[call] = min(best[call], (time.thread_time_ns() - start) / loops)
    return max(best[work] - best[bare], 0.0)


def milliseconds(code: str) -> float:
    """CPU time that some code takes in a new process: the quickest of several."""
    timed = f"import sys, time; sys.path.insert(0, {str(HERE / 'src')!r}); s = time.process_time()\n{code}\n"
    timed += "print((time.process_time() - s) * 1e3)"
    runs = [subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True) for _ in range(7)]
    return min(float(run.stdout) for run in runs)


def start_gateway() -> tuple[subprocess.Popen[str], str]:
    """A gateway in a process of its own, and its DSN."""
    code = f"""
import sys, time
sys.path[:0] = [{str(HERE / "tests")!r}]
import fake_gateway
fake_gateway.VALIDATOR = None
running = fake_gateway.Gateway().start()
print(running.dsn, flush=True)
time.sleep(3600)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def captures(dsn: str) -> Figures:
    """What one error costs."""
    client = seawall_client.init(dsn, service="shop", max_per_second=1e9, burst=10**6, queue_size=10**5, hooks=())
    assert client is not None
    client.capture_message("first")  # the thread begins
    client.flush(10)
    items = errors(EVENTS)
    cpu, own = time.process_time(), time.thread_time()
    whole = microseconds(client.capture_exception, items)
    assert client.flush(60)
    others = ((time.process_time() - cpu) - (time.thread_time() - own)) / EVENTS * 1e6
    again = microseconds(client.capture_exception, items)
    storm = seawall_client.init(dsn, service="shop", max_per_second=0, burst=1, hooks=())
    assert storm is not None
    counted = microseconds(storm.capture_exception, errors(EVENTS))
    assert not client.losses.totals(), client.losses.totals()
    return {
        ERROR: f"{whole:.0f} µs",
        "… on the thread that sends: source lines, masking, JSON, gzip, HTTP": f"{others:,.0f} µs",
        "an error in a storm, counted": f"{counted:.1f} µs",
        "an error that was captured before": f"{again:.1f} µs",
    }


def sentry_captures() -> str:
    """An error by sentry-sdk, which does all of it on the thread that failed."""
    sentry_sdk.init("http://k@127.0.0.1:1/1", transport=lambda envelope: None, release="1", send_default_pii=False)
    try:
        return f"{microseconds(sentry_sdk.capture_exception, errors(EVENTS)):.0f} µs"
    finally:
        sentry_sdk.init()


def idle(dsn: str) -> Figures:
    """What costs where nothing fails."""
    logger = logging.getLogger("shop")
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.INFO)
    logger.propagate = False
    works: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "a function with `@capture`": (seawall_client.capture(nothing), nothing),
        "a log record at INFO, which becomes a breadcrumb": (lambda: logger.info("m %s", 1), nothing),
        "a log record at DEBUG, which nobody wants": (lambda: logger.debug("m %s", 1), nothing),
        "a breadcrumb": (lambda: seawall_client.add_breadcrumb("m", data={"a": 1}), nothing),
        "a tag": (lambda: seawall_client.set_tag("a", 1), nothing),
        "a scope of its own": (scoped, nothing),
        "a WSGI request": (lambda: request(seawall_app), lambda: request(bare_app)),
    }
    seawall_client.close()
    before = {name: nanoseconds(*work) for name, work in works.items() if "log record" in name}
    seawall_client.init(dsn, service="shop")
    after = {name: nanoseconds(*work) - before.get(name, 0.0) for name, work in works.items()}
    seawall_client.close()
    return {name: f"{max(taken, 0):,.0f} ns" for name, taken in after.items()}


def sentry_idle() -> Figures:
    """A breadcrumb, a tag and a request by sentry-sdk."""
    sentry_sdk.init("http://k@127.0.0.1:1/1", transport=lambda envelope: None, release="1")
    app = SentryWsgiMiddleware(bare_app)
    crumb = nanoseconds(lambda: sentry_sdk.add_breadcrumb(message="m", data={"a": 1}), nothing)
    tag = nanoseconds(lambda: sentry_sdk.set_tag("a", 1), nothing)
    asked = nanoseconds(lambda: request(app), lambda: request(bare_app), 500)
    sentry_sdk.init()
    return {"a breadcrumb": f"{crumb:,.0f} ns", "a tag": f"{tag:,.0f} ns", "a WSGI request": f"{asked:,.0f} ns"}


def nothing() -> None:
    """A function that does not fail."""


def scoped() -> None:
    """Enter a scope and leave it."""
    with seawall_client.isolation_scope():
        pass


def bare_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """An application that answers at once."""
    start_response("200 OK", [])
    return [b"x"]


seawall_app = SeawallWSGI(bare_app)


def request(app: Any) -> None:
    """One request, read and closed as servers do."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/orders/7",
        "HTTP_HOST": "shop.example",
        "wsgi.url_scheme": "http",
    }
    body = app(environ, lambda status, headers, exc_info=None: None)
    for _ in body:
        pass
    close = getattr(body, "close", None)
    if close is not None:
        close()


def starting(dsn: str) -> Figures:
    """What a program waits for when it begins."""
    imports = milliseconds("import seawall_client")
    inits = milliseconds(f"import seawall_client\ns = time.process_time()\nseawall_client.init({dsn!r})")
    return {IMPORT: f"{imports:.0f} ms", "`init`": f"{inits:.1f} ms"}


def rival() -> Figures:
    """What sentry-sdk takes, last: it stays in what it has patched."""
    if sentry_sdk is None:
        return {}
    return {
        ERROR: sentry_captures(),
        **sentry_idle(),
        IMPORT: f"{milliseconds('import sentry_sdk'):.0f} ms",
    }


def main() -> None:
    """Measure, and write the table."""
    gateway, dsn = start_gateway()
    try:
        own = {**captures(dsn), **idle(dsn), **starting(dsn)}
    finally:
        gateway.kill()
    beside = f"sentry-sdk {sentry_sdk.VERSION}" if sentry_sdk else ""
    other = rival()
    rows = [f"| {name} | {figure} | {other.get(name, '')} |" for name, figure in own.items()]
    lines = [f"| | seawall-client | {beside} |", "|---|---|---|", *rows]
    where = f"Python {platform.python_version()} on {platform.machine()}, two shared cores."
    block = "\n".join([where, "", *lines])
    print(block)
    if "--print" not in sys.argv:
        from manual import MANUAL, put  # found by the path that is set above

        MANUAL.write_text(put(MANUAL.read_text(encoding="utf-8"), "figures", block), encoding="utf-8")


if __name__ == "__main__":
    main()
