"""The job's programs together. Thread-safe."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seawall.embedded.stack import EmbeddedStack
from seawall.errors import EmbeddedServerError
from seawall.supervising.child import PATIENCE, Child, ChildState
from seawall.supervising.plan import child_command, child_environment, instance_name

__all__ = ["Children"]


class Children:
    """Starts, looks after and stops them."""

    def __init__(self, stack: EmbeddedStack, *, own_kafka: bool, extra: Mapping[str, str]) -> None:
        """None yet.

        Args:
            stack: whose data folder and ports they use.
            own_kafka: whether the broker is the stack's.
            extra: variables for all of them.
        """
        self._stack = stack
        self._own_kafka = own_kafka
        self._extra = extra
        self._lock = threading.RLock()
        self._children: list[Child] = []

    def add(self, role: str, endpoints: Mapping[str, str], *, arguments: Sequence[str] = (), port: int = 0) -> int:
        """Start one more of a role; its number.

        Args:
            role: the command to run.
            endpoints: the addresses that it is told.
            arguments: for the command.
            port: where it listens by itself; 0: at a metrics port that it is given.

        Raises:
            OSError: it cannot be started.
        """
        with self._lock:
            taken = {child.instance for child in self._children if child.role == role}
            number = next(number for number in range(1, len(taken) + 2) if number not in taken)
            child = self._new(role, number, endpoints, arguments, port)
            child.start()
            self._children.append(child)
            return number

    def _new(self, role: str, number: int, endpoints: Mapping[str, str], arguments: Sequence[str], port: int) -> Child:
        data = self._stack.data
        metrics_port = 0 if port else self._stack.ports.take(f"{role}-{number}")
        name = instance_name(number, data, own_kafka=self._own_kafka) if role == "worker" else None
        return Child(
            role=role,
            instance=number,
            command=child_command(role, *arguments),
            environment=child_environment(
                endpoints, data, extra=self._extra, instance=name, metrics_port=metrics_port or None
            ),
            log=data / "logs" / f"{role}-{number}.log",
            keep=[self._stack.guard_descriptor],
            metrics_port=port or metrics_port,
        )

    def tend(self) -> list[str]:
        """See to all of them; what there is to say, a line each."""
        with self._lock:
            return [text for child in self._children if (text := child.tend())]

    def states(self) -> list[ChildState]:
        """How they are now."""
        with self._lock:
            return [child.state() for child in self._children]

    def summaries(self) -> list[dict[str, Any]]:
        """For `run.json`."""
        with self._lock:
            return [child.summary() for child in self._children]

    def signal(self, role: str, instance: int, number: int) -> None:
        """Send one a signal. Raises EmbeddedServerError where there is none of that role and number."""
        with self._lock:
            self._find(role, instance).signal(number)

    def remove(self, role: str, instance: int | None = None) -> Child:
        """Let go of one, by default the one with the highest number; it still runs: `stop` it.

        Raises:
            EmbeddedServerError: there is none.
        """
        with self._lock:
            numbers = [child.instance for child in self._children if child.role == role]
            if not numbers:
                raise EmbeddedServerError(f"no {role} runs")
            child = self._find(role, max(numbers) if instance is None else instance)
            self._children.remove(child)
            return child

    def _find(self, role: str, instance: int) -> Child:
        for child in self._children:
            if (child.role, child.instance) == (role, instance):
                return child
        raise EmbeddedServerError(f"no {role} {instance} runs")

    def stop_all(self) -> None:
        """Let go of all of them and stop them."""
        with self._lock:
            children, self._children = self._children, []
        self.stop(children)

    @staticmethod
    def stop(children: Sequence[Child]) -> None:
        """Ask them to end; those that have not after `PATIENCE` seconds are killed."""
        for child in children:
            child.ask_to_stop()
        with ThreadPoolExecutor(max(1, len(children)), thread_name_prefix="stopping") as pool:
            list(pool.map(lambda child: child.wait(PATIENCE), children))
