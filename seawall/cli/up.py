"""`seawall up`."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall import __version__
from seawall.cli.output import progress
from seawall.embedded.jars import missing_jars
from seawall.embedded.running import read_run_file
from seawall.errors import AlreadyRunningError
from seawall.settings import load_settings

if TYPE_CHECKING:
    from seawall.settings import Settings
    from seawall.supervising.supervisor import Supervisor

__all__ = ["up"]

READY_SECONDS = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder for everything (SEAWALL_DATA).")] = None,
    workers: Annotated[int, typer.Option(min=0, max=64, help="How many workers.")] = 2,
    desk: Annotated[bool, typer.Option(help="Run the local desk where a Slack or PagerDuty secret is missing.")] = True,
    gateway: Annotated[bool, typer.Option(help="Run a gateway, which takes errors over HTTP.")] = True,
) -> None:
    """Run everything on this machine: Kafka, PostgreSQL, Valkey, workers, notifier and gateway, until Ctrl-C.

    No Docker and no Java are needed. A server that is named by SEAWALL_KAFKA_BOOTSTRAP_SERVERS, SEAWALL_DATABASE_URL
    or SEAWALL_REDIS_URL is used as it is, and not started. Addresses for other programs: `seawall env`.

    Example: `seawall up --data ~/seawall --workers 4`
    """
    if data is not None:
        os.environ["SEAWALL_DATA"] = str(data)
    settings = load_settings()
    folder = settings.data.expanduser().absolute()
    if running := read_run_file(folder):  # else its servers would be taken for somebody else's, and used
        raise AlreadyRunningError(f"seawall is already running in {folder} (pid {running['pid']})")
    from seawall.supervising.supervisor import Supervisor  # noqa: PLC0415 -- imports PostgreSQL's client

    stopping = _Stopping()
    began = time.monotonic()
    with _progress(settings) as step:
        supervisor = Supervisor(
            folder,
            settings=settings,
            workers=workers,
            desk=desk,
            gateway=gateway,
            start_cache=_wants_cache(settings),
            say=_say,
            fetched=step,
        )
        servers = ", ".join(supervisor.plan.names()) or "no servers of our own"
        _say(f"Seawall {__version__} starts {servers} in {folder}")
        if given := supervisor.plan.given():  # perhaps without meaning it: `eval "$(seawall env)"` sets them
            _say(f"not started, but used as set: the servers of {', '.join(given)}")
        started = _done(supervisor.start, stopping, supervisor)
    if started:
        _stay(supervisor, stopping, began)


def _progress(settings: "Settings") -> AbstractContextManager[Callable[[int], None]]:
    missing = 0 if settings.kafka_bootstrap_servers else missing_jars(settings.data.expanduser().absolute())
    return progress("fetching Apache Kafka, 45 MB", missing, "files") if missing else progress("starting")


def _wants_cache(settings: "Settings") -> bool:
    return sys.stdout.isatty() if settings.aot is None else settings.aot


def _stay(supervisor: "Supervisor", stopping: "_Stopping", began: float) -> None:
    """Until a signal asks for the end."""
    try:
        _introduce(supervisor, time.monotonic() - began)
        threading.Thread(target=_say_when_ready, args=(supervisor, began), daemon=True).start()
        while not stopping.asked:
            time.sleep(0.1)
        _say("stopping")
    finally:
        _done(supervisor.stop)
    _say("stopped")


class _Stopping:
    """What the signals asked for. Handlers only set a flag: one that raises can leave a lock held for good."""

    def __init__(self) -> None:
        self.asked = False
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._note)

    def _note(self, number: int, _frame: Any) -> None:
        if self.asked and number == signal.SIGINT:
            os.write(2, b"seawall: stopping at once\n")
            os._exit(130)  # the kernel ends every child with us
        self.asked = True


def _done(work: Any, stopping: _Stopping | None = None, supervisor: "Supervisor | None" = None) -> bool:
    """Do it in a thread, so that signals are heard meanwhile; False where they ended it."""
    with ThreadPoolExecutor(1) as pool:
        future: Future[None] = pool.submit(work)
        while not future.done():
            time.sleep(0.02)
            if stopping and supervisor and stopping.asked:
                supervisor.halt()
    try:
        future.result()
    except Exception:
        if stopping and stopping.asked:
            return False
        raise
    return True


def _introduce(supervisor: "Supervisor", seconds: float) -> None:
    """What a person needs to know."""
    children = supervisor.children()
    roles = ", ".join(child.name for child in children)
    env = "seawall env" if supervisor.data == Path(".seawall").absolute() else f'seawall env --data "{supervisor.data}"'
    lines = {
        "running": f"{roles} (started in {seconds:.1f} s)",
        "errors to": f"topic {supervisor.settings.errors_topic} at {supervisor.endpoints['KAFKA_BOOTSTRAP_SERVERS']}",
        "or over HTTP": supervisor.endpoints.get("SEAWALL_DSN") or supervisor.endpoints.get("SEAWALL_GATEWAY_URL", "–"),  # noqa: RUF001 -- a dash, on purpose
        "alerts at": supervisor.desk_url or "Slack and PagerDuty, as set",
        "database": f'eval "$({env})"; psql "$DATABASE_URL"',
        "logs": str(supervisor.data / "logs"),
        "stop": "Ctrl-C" if sys.stdin.isatty() else f"kill {os.getpid()}",
    }
    for name, value in lines.items():
        _say(f"  {name:<12} {value}")


def _say_when_ready(supervisor: "Supervisor", began: float) -> None:
    if late := supervisor.wait_ready(READY_SECONDS):
        if supervisor.children():  # else it was stopped meanwhile
            _say(f"not ready after {READY_SECONDS:.0f} s: {', '.join(late)}; see the logs")
    elif supervisor.children():
        _say(f"ready after {time.monotonic() - began:.1f} s")


def _say(text: str) -> None:
    """A line for a person, at once even where the output is a file."""
    typer.echo(text)
    sys.stdout.flush()
