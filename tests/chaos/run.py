"""Chaos: kill, freeze and stop everything there is under a steady stream of known records, then count.

    python -m tests.chaos.run --rounds 50 --seed 1 --report reports/chaos.json

Exits 1 if a number does not agree.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.embedded.stack import EmbeddedStack
from sinks.postgres.migrating import migrate
from tests.chaos.checking import Findings, caught_up, check_deliveries, check_store, check_tables
from tests.chaos.fleet import Fleet
from tests.chaos.mall import open_mall
from tests.chaos.producing import Stream
from tests.chaos.telling import check_channels

if TYPE_CHECKING:
    from seawall.desk.server import Desk

# What may happen, and how often.
ACTIONS = {
    "kill a worker": 6,
    "freeze a worker": 2,
    "terminate a worker": 3,
    "one more worker": 1,
    "one worker fewer": 1,
    "kill the broker": 1,
    "kill postgres": 1,
    "kill the notifier": 2,
    "freeze the notifier": 1,
    "terminate the notifier": 1,
}
MOST_WORKERS = 4

RULES = Path(__file__).with_name("rules.yaml")


class Chaos:
    """One run. Blocking parts run in threads, so that the stream goes on."""

    def __init__(self, stack: EmbeddedStack, fleet: Fleet, seed: int) -> None:
        self._stack = stack
        self._fleet = fleet
        self._rng = random.Random(seed)
        self._born = 2
        self.done: Counter[str] = Counter()
        self._first = self._rng.sample(list(ACTIONS), len(ACTIONS))  # each once, then by chance

    async def round(self, action: str | None = None) -> str:
        """Do one thing: what is asked for, or by chance."""
        if action is None:
            action = self._first.pop() if self._first else self._rng.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        await asyncio.to_thread(getattr(self, "_" + action.replace(" ", "_")))
        self.done[action] += 1
        return action

    def pause(self, least: float, most: float) -> float:
        return self._rng.uniform(least, most)

    def _a_worker(self) -> str:
        return self._rng.choice(self._fleet.names("worker"))

    def _kill_a_worker(self) -> None:
        name = self._a_worker()
        self._fleet.kill(name)
        time.sleep(self._rng.uniform(0, 2))
        self._fleet.start(name)

    def _freeze_a_worker(self) -> None:
        self._fleet.freeze(self._a_worker(), self._rng.uniform(8, 14))

    def _terminate_a_worker(self) -> None:
        name = self._a_worker()
        self._fleet.terminate(name)
        self._fleet.start(name)

    def _one_more_worker(self) -> None:
        if len(self._fleet.names("worker")) < MOST_WORKERS:
            self._born += 1
            self._fleet.start(f"worker-{self._born}")

    def _one_worker_fewer(self) -> None:
        if len(self._fleet.names("worker")) > 1:
            self._fleet.kill(self._a_worker())

    def _kill_the_broker(self) -> None:
        self._stack.kill_server("kafka")
        time.sleep(self._rng.uniform(0, 3))
        self._stack.start_server("kafka")

    def _kill_postgres(self) -> None:
        self._stack.kill_server("postgres")
        time.sleep(self._rng.uniform(0, 3))
        self._stack.start_server("postgres")

    def _a_notifier(self) -> str:
        return self._rng.choice(self._fleet.names("notifier"))

    def _kill_the_notifier(self) -> None:
        name = self._a_notifier()
        self._fleet.kill(name)
        self._fleet.start(name)

    def _freeze_the_notifier(self) -> None:
        self._fleet.freeze(self._a_notifier(), self._rng.uniform(8, 14))

    def _terminate_the_notifier(self) -> None:
        name = self._a_notifier()
        self._fleet.terminate(name)
        self._fleet.start(name)


async def chaos(options: argparse.Namespace, folder: Path, say: Any = print) -> tuple[dict[str, Any], list[str]]:
    """Run, check, and return the report and what was wrong."""
    from seawall.desk.server import Desk
    from seawall.settings import Settings
    from seawall.topics import ensure_topics

    started = time.monotonic()
    with EmbeddedStack(folder / "stack") as stack:
        ends = stack.endpoints()
        bootstrap, database = ends["KAFKA_BOOTSTRAP_SERVERS"], ends["DATABASE_URL"]
        await asyncio.to_thread(migrate, database)
        async with Desk(port=0) as desk, open_mall(options.seed, folder / "templates") as (mall, leading):
            env = leading | {
                "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": bootstrap,
                "SEAWALL_DATABASE_URL": database,
                "SEAWALL_REDIS_URL": ends["REDIS_URL"],
                "SEAWALL_DESK_URL": desk.url,
                "SEAWALL_DATA": str(folder / "data"),
                "SEAWALL_LOG_FORMAT": "json",
                "SEAWALL_RULES": str(folder / "rules.yaml"),
            }
            settings = Settings(kafka_bootstrap_servers=bootstrap, database_url=database, redis_url=ends["REDIS_URL"])
            await ensure_topics(settings)
            (folder / "rules.yaml").write_text(RULES.read_text())
            fleet = Fleet(env, folder)
            run = Chaos(stack, fleet, options.seed)
            stream = Stream(bootstrap, settings.errors_topic, seed=options.seed, rate=options.rate, kinds=options.kinds)
            try:
                for name in ("worker-1", "worker-2", "notifier-1", "notifier-2"):
                    fleet.start(name)
                streaming = asyncio.create_task(stream.run())
                ailing = asyncio.create_task(_ail(desk, random.Random(options.seed)))
                sequence = options.sequence or [None] * options.rounds
                for number, wanted in enumerate(sequence, 1):
                    await asyncio.sleep(run.pause(*options.pause))
                    fleet.revive()
                    action = await run.round(wanted)
                    say(f"round {number}/{len(sequence)}: {action}; {stream.produced.records} records so far")
                ailing.cancel()
                stream.stop()
                produced = await streaming
                findings = [await _settle(fleet, database, bootstrap, settings.errors_topic, options.patience)]
                findings.append(await check_store(database, bootstrap, settings.errors_topic, produced))
                findings.append(await check_tables(database, bootstrap, settings.consumer_group, settings.partitions))
                findings.append(await check_channels(database, mall))
                findings.append(await check_deliveries(database, lambda: _shown(desk.messages())))
                findings.append(_check_pagerduty(desk.pagerduty()))
            finally:
                codes = await asyncio.to_thread(fleet.stop)
    report = {
        "seed": options.seed,
        "rounds": run.done.total(),
        "actions": dict(run.done),
        "records": produced.records,
        "distinct events": produced.events.total(),
        "retries": produced.retries,
        "workers that ended by themselves": fleet.exits,
        "exit codes at the end": codes,
        "seconds": round(time.monotonic() - started),
        **{key: value for found in findings for key, value in found.figures.items()},
    }
    return report, [line for found in findings for line in found.wrong]


async def _ail(desk: "Desk", rng: random.Random) -> None:
    """Slack and PagerDuty, as the desk plays them, have a bad day as well."""
    while True:
        await asyncio.sleep(rng.uniform(0.5, 2.0))
        desk.faults.add(rng.choice(["429", "500", "reset", "drop_reply"]))


def _check_pagerduty(incidents: dict[str, dict[str, Any]]) -> Findings:
    """Each incident is one by its key, and over."""
    findings = Findings()
    open_still = [key for key, incident in incidents.items() if incident["status"] != "resolved"]
    findings.expect("PagerDuty incidents still open", open_still, [])
    findings.figures["PagerDuty incidents"] = len(incidents)
    return findings


def _shown(messages: list[dict[str, Any]]) -> list[int]:
    """The delivery that each message and thread reply was posted for."""
    return [int(message["metadata"]["event_payload"]["delivery"]) for message in messages if message.get("metadata")]


async def _settle(fleet: Fleet, database: str, bootstrap: str, topic: str, patience: float) -> Findings:
    findings = Findings()
    quiet = False
    for _ in range(max(int(patience / 10), 1)):
        fleet.revive()
        if quiet := await caught_up(database, bootstrap, topic, 10):
            break
    findings.expect("caught up", quiet, True)
    return findings


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sequence", nargs="+", choices=list(ACTIONS), help="do just this, in this order")
    parser.add_argument("--rate", type=float, default=300, help="records a second")
    parser.add_argument("--kinds", type=int, default=12, help="kinds of errors in each of four services")
    parser.add_argument("--patience", type=float, default=180, help="seconds to catch up at the end")
    parser.add_argument("--pause", type=float, nargs=2, default=(3.0, 8.0), help="seconds between two rounds")
    parser.add_argument("--report", type=Path, default=Path("reports/chaos.json"))
    parser.add_argument("--keep", type=Path, help="a folder for data and logs, kept afterwards")
    return parser.parse_args(arguments)


def main() -> int:
    options = options_of(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="seawall-chaos-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report, wrong = asyncio.run(chaos(options, folder))
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps({**report, "wrong": wrong}, indent=2, default=str) + "\n")
    for key, value in report.items():
        print(f"{key:>36}: {value}")
    print("\n".join(f"WRONG: {line}" for line in wrong) or "All numbers agree.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
