"""The programs while they run: started round by round, counted by what they say they sent."""

import os
import re
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from seawall.demo.catalogue import PROGRAMS, Program
from seawall.embedded.spawning import Process, spawn

__all__ = ["Shop"]

NICENESS = 15
PATIENCE = 10.0  # seconds to end when told to
_GATEWAY = ("SEAWALL_GATEWAY_URL", "SEAWALL_DSN")
_SENT = re.compile(rb'"(?:sent|produced)": (\d+)')


@dataclass(slots=True)
class _Running:
    program: Program
    process: Process
    log: Path
    folder: Path


@dataclass(slots=True)
class Shop:
    """All programs. `produced` counts what programs that have ended say they sent, by service."""

    folder: Path
    branch: str
    endpoints: Mapping[str, str]
    topic: str
    produced: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)  # what went wrong with a program itself
    skipped: list[str] = field(default_factory=list)  # what is not installed here, or does not work
    _running: list[_Running] = field(default_factory=list)

    def open(self, number: int, seconds: float, storm: int, *, first: bool | None = None) -> None:
        """Start one round of the programs.

        Args:
            number: of the round, from 1; what has to be compiled takes part in the first one only.
            seconds: to spread the crashes over.
            storm: how often the one error comes that comes in a storm.
            first: only those that start at once (True), or only the others (False).
        """
        for program in PROGRAMS:
            if first not in {None, program.at_once} or (program.slow and number > 1):
                continue
            if missing := program.missing():
                if number == 1:
                    self.skipped.append(f"{program.name}: no {missing[0]} here")
                continue
            self._start(program, number, seconds, storm)

    def tend(self) -> bool:
        """Count those that have ended; whether any still runs."""
        for running in list(self._running):
            code = running.process.exit_code()
            if code is not None:
                self._running.remove(running)
                self._count(running, code)
        return bool(self._running)

    def stop(self) -> None:
        """Tell all to end, with whatever they started."""
        for running in self._running:
            _signal_group(running.process.pid, signal.SIGTERM)
        for running in self._running:
            running.process.wait(PATIENCE)
            _signal_group(running.process.pid, signal.SIGKILL)
            running.process.wait(1)
        self.tend()

    def _start(self, program: Program, number: int, seconds: float, storm: int) -> None:
        folder = self.folder / f"{program.service}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        release = f"1.{number}"
        told = {
            "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": self.endpoints["KAFKA_BOOTSTRAP_SERVERS"],
            "SEAWALL_ERRORS_TOPIC": self.topic,
            **{name: self.endpoints[name] for name in _GATEWAY if name in self.endpoints},
            "DEMO_BRANCH": self.branch,
            "DEMO_RELEASE": release,
            "DEMO_SECONDS": str(seconds),
            "DEMO_SEED": str(number),
            "DEMO_STORM": str(storm),
            "SCRATCH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        log = folder / "output.log"
        process = spawn(
            program.command(self.branch, release),
            log=log,
            cwd=Path.cwd(),
            env={**os.environ, **told},
            niceness=NICENESS if program.slow else 0,
        )
        self._running.append(_Running(program, process, log, folder))

    def _count(self, running: _Running, code: int) -> None:
        output = running.log.read_bytes()
        sent = [int(count) for count in _SENT.findall(output)]
        service = running.program.service
        self.produced[service] = self.produced.get(service, 0) + sum(sent)
        if code or not sent:
            last = output.decode(errors="replace").strip().splitlines()[-1:]
            told = self.skipped if running.program.needs else self.failed  # others' compilers are not our concern
            told.append(f"{running.program.name} ended with {code}: {' '.join(last)}")
        else:
            shutil.rmtree(running.folder, ignore_errors=True)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
