"""Ports on loopback: free ones, and the same ones again after a restart where they are still free."""

import json
import random
import socket
import threading
from pathlib import Path

__all__ = ["LOOPBACK", "PortBook", "free_ports", "is_free"]

LOOPBACK = "127.0.0.1"
# Below the ephemeral ranges of Linux and macOS: no outgoing connection takes a port before its server binds it.
RANGE = range(29_200, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports(count: int = 1) -> int:
    """The first of so many free ports in a row, which nobody has promised to leave free."""
    while True:
        port = random.choice(RANGE)  # noqa: S311 -- keeps programs out of each other's way; no secret
        if all(is_free(port + step) for step in range(count)):
            return port


class PortBook:
    """The ports given out in one data folder, by name; remembered, so that addresses outlive a restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._given: dict[str, int] = {}
        self._last = _read(file)

    def take(self, name: str, *, fresh: bool = False) -> int:
        """The port of that name: its last one where that is free, else any free one.

        Args:
            name: whose port.
            fresh: not the one it has: another process was quicker.
        """
        with self._lock:
            if not fresh and name in self._given:
                return self._given[name]
            self._given[name] = self._choose(name, fresh=fresh)
            self._last[name] = self._given[name]
            self._file.write_text(json.dumps(self._last), encoding="ascii")
            return self._given[name]

    def _choose(self, name: str, *, fresh: bool) -> int:
        taken = set(self._given.values())
        last = self._last.get(name)
        if last is not None and not fresh and last not in taken and is_free(last):
            return last
        while True:
            port = free_ports()
            if port not in taken and port not in self._last.values():
                return port


def _read(file: Path) -> dict[str, int]:
    try:
        ports = json.loads(file.read_text(encoding="ascii"))
        return {str(name): int(port) for name, port in ports.items() if int(port) in RANGE}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
