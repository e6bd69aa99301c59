"""Everything on this machine: servers, schema, topics and the job's programs, kept running until told to stop."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from seawall.embedded.ports import LOOPBACK
from seawall.embedded.running import process_start, remove_run_file, write_run_file
from seawall.embedded.stack import EmbeddedStack
from seawall.errors import EmbeddedServerError
from seawall.projects import dsn
from seawall.supervising.child import ChildState
from seawall.supervising.children import Children
from seawall.supervising.log_files import rotate
from seawall.supervising.mending import mend_servers
from seawall.supervising.plan import Plan, given_endpoints
from seawall.supervising.readiness import not_ready

if TYPE_CHECKING:
    from seawall.settings import Settings

__all__ = ["Supervisor"]

TICK = 0.1  # seconds between two looks at the children
QUIET = 60.0  # seconds after the start in which a person has the machine for what they started it for
LOG_TICKS = 50  # looks between two at the size of their logs


class Supervisor:
    """Starts, watches and stops. A context manager. All methods may be called from any thread.

    A server killed from outside is started again as a child is; one that `stack.stop_server` or `stack.kill_server`
    took down stays down until `stack.start_server`.
    """

    def __init__(
        self,
        data: Path,
        *,
        settings: "Settings",
        workers: int = 2,
        notifier: bool = True,
        desk: bool = True,
        gateway: bool = True,
        start_cache: bool = False,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str], Any] = lambda _: None,
        fetched: Callable[[int], Any] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            data: the folder for everything.
            settings: which servers are given, and what topics to make.
            workers: how many workers to start.
            notifier: whether to start one.
            desk: whether to start one where alerts would otherwise have nowhere to go.
            gateway: whether to start one.
            start_cache: whether to make Kafka's start-up cache some time later; for a person's machine.
            environment: further variables for the children.
            say: called with one line whenever a person should know something.
            fetched: called with 1 after each jar that was downloaded.
        """
        self.plan = Plan.of(settings, desk=desk)
        self.stack = EmbeddedStack(
            data, kafka=self.plan.kafka, postgres=self.plan.postgres, valkey=self.plan.valkey, fetched=fetched
        )
        self.data = self.stack.data
        self.settings = settings
        self.endpoints: dict[str, str] = {}
        self._extra = dict(environment or {})
        self._children = Children(self.stack, own_kafka=self.plan.kafka, extra=self._extra)
        self._workers, self._notifier, self._gateway = workers, notifier, gateway
        self._start_cache = start_cache
        self._say = say
        self._noting = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._since = ""

    def start(self) -> None:
        """Start servers, then schema and topics, then the children; returns once all are started.

        Raises:
            SeawallError: a server did not start, or refuses what it is asked; nothing is left running.
        """
        self._over.clear()
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self.stack.start()
        try:
            self.endpoints = {**given_endpoints(self.settings), **self.stack.endpoints()}
            self._prepare()
            self._start_children()
            self._note()
            self._start_threads()
        except BaseException:
            self.stop()
            raise

    def _start_threads(self) -> None:
        works: list[Callable[[], None]] = [
            self._watch,
            lambda: mend_servers(self.stack, self._over, self._tell),
            *([self._make_start_cache] if self._start_cache else []),
        ]
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def _prepare(self) -> None:
        from seawall.supervising.preparing import prepare  # noqa: PLC0415 -- imports both clients

        for line in prepare(self.settings, self.endpoints):
            self._say(line)
        if self.plan.postgres and (analyst := self.stack.postgres.set_analyst_password()):
            self.endpoints["ANALYST_DATABASE_URL"] = analyst

    def _start_children(self) -> None:
        if self.plan.desk:
            port = self.stack.ports.take("desk")
            self.endpoints["SEAWALL_DESK_URL"] = f"http://{LOOPBACK}:{port}"
            self._let_the_desk_answer()
            arguments = ["--port", str(port), "--state", str(self.data / "desk.jsonl")]
            self._children.add("desk", self.endpoints, arguments=arguments, port=port)
        if self._gateway:
            self._start_gateway()
        if self._notifier:
            self._children.add("notifier", self.endpoints)
        for _ in range(self._workers):
            self._children.add("worker", self.endpoints)

    def _let_the_desk_answer(self) -> None:
        """Buttons that are pressed at the desk come back to us as from Slack, signed with a secret of this run."""
        port = self.settings.hooks_port or self.stack.ports.take("hooks")
        self._extra.setdefault("SEAWALL_HOOKS_PORT", str(port))
        if self.settings.slack_signing_secret is None:
            self._extra.setdefault("SEAWALL_SLACK_SIGNING_SECRET", token_hex(16))

    def _start_gateway(self) -> None:
        given = self.settings.gateway_port if "gateway_port" in self.settings.model_fields_set else 0
        port = given or self.stack.ports.take("gateway")
        url = f"http://{LOOPBACK}:{port}"
        self.endpoints["SEAWALL_GATEWAY_URL"] = url
        if self.plan.postgres:  # else it is somebody's database, in which keys are made by people
            from seawall.supervising.preparing import local_key  # noqa: PLC0415 -- imports both clients

            key = local_key(self.endpoints["DATABASE_URL"])
            self.endpoints["SEAWALL_DSN"] = dsn(url, key.text, key.project_id)
            self.endpoints["SEAWALL_KEY"] = key.text
        self._children.add("gateway", self.endpoints, arguments=["--port", str(port)])

    def _watch(self) -> None:
        ticks = 0
        while not self._over.wait(TICK):
            ticks += 1
            if said := self._children.tend():
                self._tell(*said)
            if ticks % LOG_TICKS == 0:
                for log in (self.data / "logs").glob("*.log"):
                    rotate(log)

    def _make_start_cache(self) -> None:
        if not self._over.wait(QUIET):
            self.stack.make_start_cache()

    def _tell(self, *lines: str) -> None:
        """Something changed: write it down, and say it."""
        try:
            self._note()
        except OSError as error:  # a full disk must not end the watch
            lines = (*lines, f"{self.data}/run.json cannot be written: {error.strerror}")
        for line in lines:
            self._say(line)

    def _note(self) -> None:
        """Write down what runs."""
        with self._noting:
            if self._over.is_set():
                return
            write_run_file(
                self.data,
                {
                    "pid": os.getpid(),
                    "started": process_start(os.getpid()),
                    "since": self._since,
                    "endpoints": self.endpoints,
                    "desk_url": self.desk_url,
                    "servers": self.stack.servers(),
                    "children": self._children.summaries(),
                },
            )

    def halt(self) -> None:
        """Make a `start` that is going on in another thread give up soon."""
        self.stack.halt()

    def stop(self) -> None:
        """Stop the children, then the servers; nothing is left running."""
        self._over.set()
        self.stack.halt()  # a server that is being mended just now
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._children.stop_all()
        self.stack.stop()
        with self._noting:
            if self._since:
                remove_run_file(self.data)
                self._since = ""

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def desk_url(self) -> str | None:
        """Where the local desk shows what was sent, if there is one."""
        return self.endpoints.get("SEAWALL_DESK_URL")

    def children(self) -> list[ChildState]:
        """The job's programs as they are now."""
        return self._children.states()

    def wait_ready(self, seconds: float = 60.0) -> list[str]:
        """Wait until every child says that it can work; the names of those that do not within that time."""
        return not_ready(self.children, seconds)

    def kill_child(self, role: str, instance: int, number: int = signal.SIGKILL) -> None:
        """Send a child a signal; where that ends it, it is started again."""
        self._children.signal(role, instance, number)

    def add_worker(self) -> int:
        """Start one more worker; its number. Raises EmbeddedServerError where nothing runs any more."""
        if self._over.is_set():
            raise EmbeddedServerError(f"nothing runs in {self.data}")
        number = self._children.add("worker", self.endpoints)
        self._note()
        return number

    def remove_worker(self, instance: int | None = None) -> int:
        """Stop a worker in good order, by default the one with the highest number; its number."""
        child = self._children.remove("worker", instance)
        self._note()
        self._children.stop([child])
        return child.instance
