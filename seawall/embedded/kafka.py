"""The embedded Kafka: one broker that is its own controller."""

import secrets
import shutil
import signal
from collections.abc import Callable
from typing import Any

from seawall.embedded.jars import jar_folder
from seawall.embedded.kafka_java import aot_cache, java, link_jars
from seawall.embedded.ports import LOOPBACK
from seawall.embedded.probes import kafka_answers
from seawall.embedded.server import Home, Server
from seawall.embedded.spawning import Process
from seawall.errors import EmbeddedServerError

__all__ = ["Kafka", "broker_properties"]

MAX_BATCH = 13 * 1024 * 1024  # bytes; the errors topics take records of 12 MiB
CRASHES = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)

PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(MAX_BATCH),
    "replica.fetch.max.bytes": str(MAX_BATCH),
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",  # one worker need not wait for others that may come
    "log.cleaner.dedupe.buffer.size": "4194304",  # instead of 128 MB of heap
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    # After a crash the new broker waits for the old one's session: 3 s instead of 11.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "metadata.max.idle.interval.ms": "0",  # no record every half second into an idle metadata log
}


def broker_properties(port: int, controller_port: int, folder: str) -> str:
    """The broker's configuration file."""
    address = f"PLAINTEXT://{LOOPBACK}:{port}"
    own = {
        "listeners": f"{address},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": address,
        # A static voter: the controller's port may be another one at each start.
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "log.dirs": folder,
    }
    return "".join(f"{name}={value}\n" for name, value in {**PROPERTIES, **own}.items())


class Kafka(Server):
    """kafka.Kafka on the bundled Java."""

    name = "kafka"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home, fetched: Callable[[int], Any] | None = None) -> None:
        super().__init__(home)
        self._fetched = fetched
        self._config = home.data / "kafka.properties"

    @property
    def bootstrap_servers(self) -> str:
        """`host:port`."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Fetch the jars and format the storage; one that was left half made is made again."""
        data = self.home.data
        link_jars(data, jar_folder(data, self._fetched))
        self._configure()
        marker = data / "kafka" / "formatted"
        if marker.exists():
            return
        shutil.rmtree(data / "kafka", ignore_errors=True)
        # Not one of Kafka's own base64 ids: one that begins with "-" would be taken for an option.
        cluster = secrets.token_hex(11)
        self.run(java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._config.name, data=data), cwd=data)
        marker.touch()

    def _configure(self) -> None:
        controller = self.home.ports.take("kafka-controller")
        self._config.write_text(broker_properties(self.port, controller, "kafka"), encoding="ascii")

    def launch(self) -> Process:
        """Start it."""
        self._configure()
        data = self.home.data
        return self.spawn_server(java("kafka.Kafka", self._config.name, data=data), cwd=data)

    def start(self) -> None:
        """Start it; where Java dies of a damaged start-up cache, without that."""
        try:
            super().start()
        except EmbeddedServerError:
            code = self.process.exit_code() if self.process else None
            if code not in CRASHES or not aot_cache(self.home.data).exists():
                raise
            aot_cache(self.home.data).unlink(missing_ok=True)
            super().start()

    def answers(self) -> bool:
        """Whether the broker serves."""
        return kafka_answers(self.port)

    def take_other_ports(self) -> None:
        """Both of them: which one was taken is not told."""
        super().take_other_ports()
        self.home.ports.take("kafka-controller", fresh=True)
