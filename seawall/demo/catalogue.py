"""The shop's programs: what each is, how it is started, and what it needs to be installed."""

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROGRAMS", "Program"]

FOLDER = Path(__file__).with_name("programs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program. `script` is a shell's; in it `send` sends what is piped into it, and `$SCRATCH` is a folder."""

    name: str  # as on the screen
    service: str  # of its errors; the branch comes after it
    script: str
    needs: tuple[str, ...] = ()  # commands that must be installed
    at_once: bool = False  # the others wait until the first alert is out, which they would delay
    formats: tuple[str, ...] = ()  # in which it writes, where that is the point of it
    others: tuple[str, ...] = ()  # services that it plays besides
    slow: bool = False  # has to be compiled: with low priority, and once

    def services(self, branch: str) -> list[str]:
        """The services that its errors are of."""
        return [f"{service}-{branch}" for service in (self.service, *self.others)]

    def missing(self) -> list[str]:
        """What it needs and is not there."""
        return [command for command in self.needs if shutil.which(command) is None]

    def command(self, branch: str, release: str) -> list[str]:
        """To start it with."""
        facts = f"--service {self.service}-{branch} --environment production --release {self.service}@{release}"
        send = f'send() {{ {shlex.quote(sys.executable)} -P -m seawall send --json {facts} "$@"; }}'
        return ["/bin/sh", "-c", f"cd {shlex.quote(str(FOLDER))}\n{send}\n{self.script}"]


def _python(name: str) -> str:
    return f"{shlex.quote(sys.executable)} {name}.py"


PROGRAMS = (
    Program(name="shop (Flask, under requests)", service="shop", script=f"exec {_python('shop')}", at_once=True),
    Program(name="stock worker (chained exceptions)", service="stock", script=f"exec {_python('worker_job')}"),
    Program(
        name="checkout (three services, one trace)",
        service="checkout",
        others=("orders", "cards"),
        script=f"exec {_python('checkout')}",
    ),
    Program(name="invoices (JSON lines, piped)", service="invoices", script=f"{_python('json_logger')} | send --lines"),
    Program(
        name="nightly report (traceback, piped)",
        service="nightly",
        script=f"{_python('nightly')} 2>&1 | send --severity critical",
    ),
    Program(
        name="office (eight loggers: ECS, GELF, syslog …)",
        service="office",
        script=f"exec {_python('office')}",
        formats=("ecs", "gelf", "logfmt", "loguru", "python-json-logger", "sentry", "structlog", "syslog"),
    ),
    Program(name="tills (Sentry's SDK, to the gateway)", service="tills", script=f"exec {_python('tills')}"),
    Program(name="web shop (browsers, to the gateway)", service="webshop", script=f"exec {_python('webshop')}"),
    Program(
        name="storefront (Node)",
        service="storefront",
        needs=("node",),
        script='node storefront.js 2> "$SCRATCH/crash" | send --lines\nsend --severity critical "$SCRATCH/crash"',
    ),
    Program(
        name="ledger (Java)",
        service="ledger",
        needs=("javac", "java"),
        slow=True,
        script='javac -J-XX:-UsePerfData -d "$SCRATCH" Ledger.java\n'
        'ledger() { java -Xshare:auto -XX:-UsePerfData -cp "$SCRATCH" Ledger "$1"; }\n'  # no perf data: left in /tmp
        "for number in 0 1 2; do ledger $number 2>&1 | send --severity error; done",
    ),
    Program(
        name="courier (Go)",
        service="courier",
        needs=("go",),
        slow=True,
        script='export GOTOOLCHAIN=local; [ -n "$HOME" ] || export GOCACHE="$SCRATCH/cache"\n'
        'go build -o "$SCRATCH/courier" courier.go || exit\n'
        'for what in route parcel; do "$SCRATCH/courier" $what 2>&1 | send --severity error; done',
    ),
)
