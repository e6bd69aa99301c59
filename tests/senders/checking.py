"""One sender's run: does what its program fails of arrive, with all that it was told?"""

import secrets
import shutil
import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seawall.embedded.ports import free_ports
from tests.senders.facts import facts_of, says
from tests.senders.manifest import FOLDER, ROOT, Sender
from tests.senders.place import Place
from tests.senders.programs import CACHE, Program, environment
from tests.senders.relay import Relay

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Running:
    """A program under way, and what is needed to ask for its events."""

    sender: Sender
    program: Program
    relay: Relay | None
    mark: str
    trace: str
    log: Path
    _open: ExitStack = field(default_factory=ExitStack)

    def text(self, what: str) -> str:
        """What an error says; the mark tells it from those of all others."""
        return f"no stock of desks at {self.mark} {what}"


@contextmanager
def running(place: Place, sender: Sender, name: str, *, per_minute: int | None = None, relayed: bool = True):
    """The sender's program, with a key of its own."""
    key = place.make_key(f"{sender.name}-{name}", per_minute, origin=sender.origin)
    mark, trace = "".join(secrets.choice(LETTERS) for _ in range(12)), secrets.token_hex(16)
    work = place.folder / f"{sender.name}-{name}"
    shutil.copytree(FOLDER / sender.folder, work, ignore=shutil.ignore_patterns("target", "node_modules"))
    cache = CACHE / sender.folder
    with ExitStack() as stack:
        relay = stack.enter_context(Relay(place.url, free_ports())) if relayed else None
        more = {
            "CACHE": str(cache),
            "WORK": str(work),
            "NODE_PATH": str(cache / "node_modules"),
            "SENDER_REDIS_URL": place.settings.redis() if place.settings.redis_url else "",
            "SENDER_KAFKA": place.settings.kafka(),
            "SENDER_TOPIC": place.settings.errors_topic,
            "SENDER_PORT": str(free_ports()),  # for one that listens itself
        }
        url = f"http://127.0.0.1:{relay.port}" if relay else place.url
        env = environment(url=url, key=key.text, project=key.project_id, trace=trace, more=more)
        command = [_placed(part, cache) for part in sender.command]
        program = Program(command, work, env, place.folder / f"{sender.name}-{name}.log")
        try:
            yield Running(sender, program, relay, mark, trace, program.log)
        finally:
            program.end()


def _placed(part: str, cache: Path) -> str:
    places = {"$CACHE": str(cache), "$SENDERS": str(FOLDER), "$ROOT": str(ROOT), "$PYTHON": sys.executable}
    for name, where in places.items():
        part = part.replace(name, where)
    return part


def check(place: Place, sender: Sender) -> dict[str, Any]:
    """Run it; what was seen, for the table. Problems are listed under `problems`."""
    problems: list[str] = []
    with running(place, sender, "run", relayed=not sender.straight) as one:
        if not one.program.ask(f"catch {one.text('caught')}"):
            problems.append("the program does not run")
        one.program.ask("noise")
        if sender.crash:
            one.program.say(f"crash {one.text('crash')}")
        code = one.program.end()
        if code is None or (code != 0) != (sender.crash and sender.dies):
            problems.append(f"ended with {code}")
        events = place.await_events(one.mark, 2 if sender.crash else 1)
        log = one.log.read_text(errors="replace").splitlines()
    seen = _seen(one, events)
    problems += _problems(sender, seen)
    return {**seen, **({"problems": [*problems, *log[-8:]]} if problems else {})}


def _seen(one: Running, events: list[dict[str, Any]]) -> dict[str, Any]:
    caught = [event for event in events if says(event, one.text("caught"))]
    crashed = [event for event in events if says(event, one.text("crash"))]
    exchanges = one.relay.exchanges if one.relay else []
    items: Counter[str] = sum((exchange.items for exchange in exchanges), Counter())
    return {
        "events": len(caught),
        "type": caught[0]["type"] if caught else None,
        "arrived": facts_of(one.sender, caught[0], one.text("caught"), one.trace) if caught else [],
        "crashes": len(crashed),
        "encodings": sorted({exchange.encoding for exchange in exchanges} - {""}),
        "items": dict(sorted(items.items())),
        "refused": sorted({exchange.status for exchange in exchanges if exchange.status >= 400}),
    }


def _problems(sender: Sender, seen: dict[str, Any]) -> list[str]:
    problems = [f"{fact} did not arrive ({seen['type']})" for fact in sender.arrives if fact not in seen["arrived"]]
    if seen["events"] != 1:
        problems.append(f"{seen['events']} events arrived of 1")
    if sender.crash and seen["crashes"] != 1:
        problems.append(f"{seen['crashes']} crashes arrived of 1")
    problems += [f"sent no {item}" for item in sender.noise or () if item not in seen["items"]]
    problems += [f"was answered {status}" for status in seen["refused"]]
    return problems
