"""The embedded servers of one data folder, together."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

from seawall.embedded.aot import make_cache
from seawall.embedded.folders import make_data_folder
from seawall.embedded.guard import Guard
from seawall.embedded.kafka import Kafka
from seawall.embedded.ports import PortBook
from seawall.embedded.postgres import Postgres
from seawall.embedded.server import Home, Server
from seawall.embedded.valkey import Valkey
from seawall.errors import EmbeddedServerError

__all__ = ["EmbeddedStack", "ServerName"]

ServerName = Literal["kafka", "postgres", "valkey"]


class EmbeddedStack:
    """Kafka, PostgreSQL and Valkey on loopback; those that are wanted.

    A context manager: started on entry, stopped on exit. Servers never outlive the process that started them.
    """

    def __init__(
        self,
        data: Path,
        *,
        kafka: bool = True,
        postgres: bool = True,
        valkey: bool = True,
        fetched: Callable[[int], Any] | None = None,
    ) -> None:
        """Nothing is started or made yet.

        Args:
            data: the folder for everything.
            kafka: whether to run Kafka.
            postgres: whether to run PostgreSQL.
            valkey: whether to run Valkey.
            fetched: called with 1 after each jar that was downloaded.
        """
        self.data = data.expanduser().absolute()
        self._wanted = {"kafka": kafka, "postgres": postgres, "valkey": valkey}
        self._fetched = fetched
        self._guard = Guard(self.data)
        self._home: Home | None = None
        self._servers: dict[str, Server] = {}

    def start(self) -> None:
        """Start all servers side by side and wait until they are ready.

        Raises:
            AlreadyRunningError: another process runs them in this folder.
            EmbeddedServerError: one did not start; the others are stopped again.
            DownloadError: Kafka's jars could not be fetched.
        """
        make_data_folder(self.data)
        self._guard.acquire()
        try:
            self._home = Home(self.data, self._guard, PortBook(self.data / "ports.json"))
            self._servers = self._make(self._home)
            self._side_by_side([server.start for server in self._servers.values()], self._home)
        except BaseException:
            self.stop()
            raise

    def _make(self, home: Home) -> dict[str, Server]:
        servers: dict[str, Server] = {}
        if self._wanted["kafka"]:
            servers["kafka"] = Kafka(home, self._fetched)
        if self._wanted["postgres"]:
            servers["postgres"] = Postgres(home)
        if self._wanted["valkey"]:
            servers["valkey"] = Valkey(home)
        return servers

    def _side_by_side(self, starts: list[Callable[[], None]], home: Home) -> None:
        with ThreadPoolExecutor(max(1, len(starts)), thread_name_prefix="starting") as pool:
            futures = [pool.submit(start) for start in starts]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:
                home.halted.set()
                raise

    def halt(self) -> None:
        """Make a `start` that is going on in another thread give up."""
        if self._home is not None:
            self._home.halted.set()

    def stop(self) -> None:
        """Stop what runs and give the folder back."""
        self.halt()
        servers = list(self._servers.values())
        if servers:
            with ThreadPoolExecutor(len(servers), thread_name_prefix="stopping") as pool:
                list(pool.map(lambda server: server.stop(), servers))
        self._servers = {}
        self._home = None
        self._guard.release()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def endpoints(self) -> dict[str, str]:
        """KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL and REDIS_URL of the servers that this stack runs."""
        found: dict[str, str] = {}
        for server in self._servers.values():
            if isinstance(server, Kafka):
                found["KAFKA_BOOTSTRAP_SERVERS"] = server.bootstrap_servers
            elif isinstance(server, Postgres):
                found["DATABASE_URL"] = server.url
            elif isinstance(server, Valkey):
                found["REDIS_URL"] = server.url
        return found

    @property
    def postgres(self) -> Postgres:
        """The database server. Raises EmbeddedServerError where none runs here."""
        return cast("Postgres", self._server("postgres"))

    @property
    def ports(self) -> PortBook:
        """For whoever needs another port in this folder."""
        return self._running().ports

    @property
    def guard_descriptor(self) -> int:
        """To be inherited by every process that writes into the folder."""
        return self._running().guard.descriptor

    def servers(self) -> dict[str, int | None]:
        """The pid of each server, None where it is down."""
        return {
            name: server.process.pid if server.alive() and server.process else None
            for name, server in self._servers.items()
        }

    def stop_server(self, name: ServerName) -> None:
        """Stop one server in good order; it keeps its port."""
        self._server(name).stop()

    def kill_server(self, name: ServerName) -> None:
        """SIGKILL one server; it keeps its port."""
        self._server(name).kill()

    def start_server(self, name: ServerName) -> None:
        """Start it again on the port that it had, and wait until it is ready."""
        self._server(name).start()

    def broken(self) -> list[ServerName]:
        """The servers that died by themselves."""
        return [
            cast("ServerName", name)
            for name, server in list(self._servers.items())
            if server.wanted and not server.alive()
        ]

    def mend(self, name: ServerName) -> None:
        """Start a server that died by itself; nothing happens where it was taken down on purpose meanwhile."""
        if name in self.broken():
            self._server(name).start()

    def make_start_cache(self) -> bool:
        """Make Kafka's next starts three times as quick; see `aot`. False where it could not be done, or need not."""
        return self._wanted["kafka"] and make_cache(self._running())

    def _server(self, name: str) -> Server:
        if name not in self._servers:
            raise EmbeddedServerError(f"no {name} runs in {self.data}")
        return self._servers[name]

    def _running(self) -> Home:
        if self._home is None:
            raise EmbeddedServerError(f"nothing runs in {self.data}")
        return self._home
