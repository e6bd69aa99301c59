"""One run of the demo, from the start of the servers to the last page."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from rules.rulefile import RuleFileError, load, load_default
from seawall.demo.branches import next_branch
from seawall.demo.catalogue import PROGRAMS
from seawall.demo.numbers import Numbers, Watch, watching
from seawall.demo.printing import print_verdict
from seawall.demo.screen import Screen
from seawall.demo.shop import Shop
from seawall.demo.verdict import judge
from seawall.supervising.supervisor import Supervisor

if TYPE_CHECKING:
    from seawall.settings import Settings

__all__ = ["Options", "play"]

STORM = 400  # times that the one error comes that comes in a storm
PATIENCE = 120.0  # seconds for the rest to arrive, once all programs have ended
CALM = 8.0  # seconds without anything new: then all alerts are out
OTHERS_AFTER = 12.0  # seconds after which the other programs start even without an alert
EVERY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for."""

    once: bool
    seconds: float


async def play(settings: "Settings", options: Options, console: Console, stopping: asyncio.Event) -> int:
    """Run until `stopping` is set, or once; returns the exit code."""
    news = _News(console)
    supervisor = Supervisor(settings.data, settings=settings, workers=2, say=news.tell)
    news.tell(f"starting {', '.join(supervisor.plan.names())}, two workers and a notifier in {supervisor.data} …")
    try:
        await asyncio.to_thread(supervisor.start)
        return await _Play(supervisor, settings, options, news, stopping).run()
    finally:
        await asyncio.to_thread(supervisor.stop)


class _News:
    """Lines for a person: printed, or shown on the screen while there is one. From any thread."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.monotonic()
        self.screen: Screen | None = None

    def tell(self, text: str) -> None:
        if self.screen is not None:
            self.screen.tell(text)
        else:
            self.console.print(f"{time.monotonic() - self.began:5.1f} s  {text}", highlight=False, markup=False)


class _Play:
    def __init__(
        self, supervisor: Supervisor, settings: "Settings", options: Options, news: _News, stopping: asyncio.Event
    ) -> None:
        ends = supervisor.endpoints
        self._settings = settings.model_validate(
            settings.model_dump(exclude_unset=True)
            | {
                "kafka_bootstrap_servers": ends["KAFKA_BOOTSTRAP_SERVERS"],
                "database_url": ends["DATABASE_URL"],
                "redis_url": ends["REDIS_URL"],
            }
        )
        self._supervisor, self._options, self._news, self._stopping = supervisor, options, news, stopping
        self._branch = next_branch(supervisor.data)
        self._shop = Shop(supervisor.data / "demo", self._branch, ends, settings.errors_topic)
        self._first_alert: float | None = None

    async def run(self) -> int:
        services = [f"{program.service}-{self._branch}" for program in PROGRAMS]
        self._shop.open(1, self._options.seconds, STORM, first=True)
        self._news.tell(f"the shop opens a branch in {self._branch.title()}: its programs crash")
        try:
            async with watching(self._settings, services) as watch:
                if self._news.console.is_terminal:
                    await self._live(watch)
                else:
                    await self._through(watch, lambda _: None)
                return await self._end(watch)
        finally:
            await asyncio.to_thread(self._shop.stop)

    async def _live(self, watch: Watch) -> None:
        screen = self._news.screen = Screen(self._supervisor, self._branch)
        try:
            with Live(console=self._news.console, refresh_per_second=2, transient=True) as live:
                await self._through(watch, lambda numbers: live.update(screen.draw(numbers)))
        finally:
            self._news.screen = None

    async def _through(self, watch: Watch, show: Callable[[Numbers], None]) -> None:
        """Rounds of crashes, until there were enough of them and everything has arrived."""
        round_number, all_open, quiet_since, last = 1, False, time.monotonic(), None
        deadline = None
        while not self._stopping.is_set():
            numbers = await watch.look()
            show(numbers)
            self._note_first_alert(numbers)
            now = time.monotonic()
            if not all_open and (self._first_alert is not None or now - self._news.began > OTHERS_AFTER):
                self._shop.open(1, self._options.seconds, STORM, first=False)
                all_open = True
            busy = self._shop.tend()
            if not busy and all_open and not self._options.once:
                round_number += 1
                self._shop.open(round_number, self._options.seconds, STORM if round_number % 4 == 0 else 0)
            if (mark := (numbers.stored, numbers.alerts, numbers.unfinished)) != last or busy or numbers.unfinished:
                last, quiet_since = mark, now
            if self._options.once and all_open and not busy:
                deadline = deadline or now + PATIENCE
                if now - quiet_since > CALM or now > deadline:
                    return
            await self._pause()

    def _note_first_alert(self, numbers: Numbers) -> None:
        if self._first_alert is None and numbers.deliveries.get("sent"):
            self._first_alert = time.monotonic() - self._news.began
            self._news.tell(f"the first alert is out, {self._first_alert:.1f} s after the start")

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), EVERY)
        except TimeoutError:
            return

    async def _end(self, watch: Watch) -> int:
        """The last page."""
        interrupted = self._stopping.is_set()
        if interrupted:
            await asyncio.to_thread(self._shop.stop)
        verdict = await judge(
            watch, self._shop.produced, self._supervisor.desk_url, built_in_rules=_built_in(self._settings)
        )
        notes = [*self._shop.skipped, *([] if interrupted else self._shop.failed)]
        if interrupted:
            verdict.checks.clear()
            notes.append("stopped in the middle: what was on its way then is not in the numbers")
        print_verdict(self._news.console, verdict, self._shop.produced, self._branch, notes)
        if self._first_alert is not None:
            self._news.console.print(f"first alert after {self._first_alert:.1f} s")
        return 0 if verdict.good and (interrupted or not self._shop.failed) else 1


def _built_in(settings: "Settings") -> bool:
    """Whether the rules in force are those that come with Seawall."""
    if not settings.rules.exists():
        return True
    try:
        return load(settings.rules.read_text(encoding="utf-8"), str(settings.rules)) == load_default()
    except RuleFileError:
        return True
