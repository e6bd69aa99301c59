"""One run of the demo, from the start of the servers to the last page."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from seawall.demo.branches import next_branch
from seawall.demo.catalogue import PROGRAMS
from seawall.demo.numbers import Numbers, Watch, watching
from seawall.demo.oncall import OnCall, write_rules
from seawall.demo.page import serve_page
from seawall.demo.people import ACKNOWLEDGED, SILENCED, Person, silence_service
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
OTHERS_AFTER = 20.0  # seconds after which the other programs start even without an alert; they are in the way of it
EVERY = 0.5
STORM_EVERY = 4  # rounds, where there are many


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for."""

    once: bool
    seconds: float


async def play(settings: "Settings", options: Options, console: Console, stopping: asyncio.Event) -> int:
    """Run until `stopping` is set, or once; returns the exit code."""
    news = _News(console)
    rules = write_rules(settings, settings.data / "demo")
    environment = {"SEAWALL_RULES": str(rules)} if rules else {}
    supervisor = Supervisor(settings.data, settings=settings, workers=2, say=news.tell, environment=environment)
    news.tell(f"starting {', '.join(supervisor.plan.names())}, two workers and a notifier in {supervisor.data} …")
    try:
        await asyncio.to_thread(supervisor.start)
        return await _Play(supervisor, settings, options, news, stopping, built_in_rules=rules is not None).run()
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
        self,
        supervisor: Supervisor,
        settings: "Settings",
        options: Options,
        news: _News,
        stopping: asyncio.Event,
        *,
        built_in_rules: bool,
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
        self._person = Person(supervisor.desk_url, self._branch)
        self._on_call = OnCall(supervisor.desk_url if built_in_rules else None)
        self._built_in_rules = built_in_rules

    async def run(self) -> int:
        services = [service for program in PROGRAMS for service in program.services(self._branch)]
        await silence_service(self._settings.postgres(), f"{SILENCED}-{self._branch}")
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
        with serve_page(self._supervisor.endpoints, self._branch) as page:
            await self._on_screen(watch, Screen(self._supervisor, self._branch, page))

    async def _on_screen(self, watch: Watch, screen: Screen) -> None:
        self._news.screen = screen
        try:
            with Live(console=self._news.console, refresh_per_second=2, transient=True) as live:
                await self._through(watch, lambda numbers: live.update(screen.draw(numbers)))
        finally:
            self._news.screen = None

    async def _through(self, watch: Watch, show: Callable[[Numbers], None]) -> None:
        """Rounds of crashes, until there were enough of them and everything has arrived."""
        rounds, calm, numbers = _Rounds(self._shop, self._options), _Calm(), Numbers()
        while not self._stopping.is_set():
            seen = await watch.glance()
            numbers = seen or numbers
            show(numbers)
            self._note_first_alert(numbers)
            if await self._person.look(watch):
                self._news.tell(f"somebody acknowledged the incident of {ACKNOWLEDGED} by its button at the desk")
            if await self._on_call.look(watch):
                self._news.tell("whoever is on call answered by the button: nobody else is asked about the burst")
            late = time.monotonic() - self._news.began > OTHERS_AFTER
            busy = rounds.go_on(others=late or self._first_alert is not None)
            if calm.reached(numbers, busy=busy or seen is None) and self._options.once:
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
        deadline = time.monotonic() + PATIENCE / 4
        # A server that somebody killed: nothing tells us when it is back.
        while await watch.glance() is None and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(EVERY)
        desk_url, built_in_rules = self._supervisor.desk_url, self._built_in_rules
        verdict = await judge(watch, self._shop.produced, desk_url, built_in_rules=built_in_rules)
        notes = [*self._shop.skipped, *([] if interrupted else self._shop.failed)]
        if interrupted:
            verdict.checks.clear()
            notes.append("stopped in the middle: what was on its way then is not in the numbers")
        print_verdict(self._news.console, verdict, self._shop.produced, self._branch, notes)
        if self._first_alert is not None:
            self._news.console.print(f"first alert after {self._first_alert:.1f} s")
        return 0 if verdict.good and (interrupted or not self._shop.failed) else 1


class _Rounds:
    """Which programs to start when."""

    def __init__(self, shop: Shop, options: Options) -> None:
        self._shop, self._options = shop, options
        self._number, self._all_open = 1, False

    def go_on(self, *, others: bool) -> bool:
        """Start what is due; whether anything runs or is to come. `others`: those that wait for the first alert."""
        seconds = self._options.seconds
        if not self._all_open:
            if others:
                self._shop.open(1, seconds, STORM, first=False)
                self._all_open = True
            return True
        if self._shop.tend():
            return True
        if self._options.once:
            return False
        self._number += 1
        self._shop.open(self._number, seconds, STORM if self._number % STORM_EVERY == 0 else 0)
        return True


class _Calm:
    """Whether everything has arrived: nothing new for a while, or no more patience."""

    def __init__(self) -> None:
        self._last: object = None
        self._since = self._idle = time.monotonic()

    def reached(self, numbers: Numbers, *, busy: bool) -> bool:
        now = time.monotonic()
        mark = (numbers.stored, numbers.alerts, numbers.deliveries)
        if busy:
            self._idle = now
        if busy or numbers.lag or numbers.unfinished or mark != self._last:
            self._last, self._since = mark, now
        return now - self._since > CALM or now - self._idle > PATIENCE
