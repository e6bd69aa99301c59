"""The live screen."""

import shlex
import time
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from seawall.demo.numbers import Numbers
from seawall.showing import harmless

if TYPE_CHECKING:
    from seawall.supervising.supervisor import Supervisor

__all__ = ["Screen"]

NEWS = 6  # lines kept
COLOURS = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "cyan", "debug": "dim"}


class Screen:
    """Draws what it is shown; keeps the last numbers for the rate."""

    def __init__(self, supervisor: "Supervisor", branch: str, page: str | None = None) -> None:
        """Nothing yet. `page`: where the web shop's page is."""
        self.news: deque[str] = deque(maxlen=NEWS)
        self._supervisor = supervisor
        self._branch = branch
        self._page = page
        self._last: tuple[float, int] | None = None
        self._rate = 0.0

    def tell(self, text: str) -> None:
        """A line of news. From any thread."""
        self.news.append(f"{time.strftime('%H:%M:%S')}  {text}")

    def draw(self, numbers: Numbers) -> RenderableType:
        """The whole screen."""
        self._note_rate(numbers.read)
        top = Table.grid(expand=True, padding=(0, 1))
        top.add_column(ratio=2)
        top.add_column(ratio=3)
        top.add_row(
            Panel(self._figures(numbers), title="now", title_align="left", border_style="dim"),
            Panel(self._processes(), title="running: kill any of them", title_align="left", border_style="dim"),
        )
        return Group(
            Text.assemble(
                ("Seawall ", "bold"), f"watches the shop in {self._branch.title()}   ", ("Ctrl-C ends", "dim")
            ),
            top,
            Panel(_groups(numbers), title="groups", title_align="left", border_style="dim"),
            Panel(self._hints(), title="try", title_align="left", border_style="dim"),
            Text("\n".join(self.news), style="dim"),
        )

    def _note_rate(self, read: int) -> None:
        now = time.monotonic()
        if self._last is not None and now > self._last[0]:
            fresh = (read - self._last[1]) / (now - self._last[0])
            self._rate += (fresh - self._rate) * 0.5
        self._last = (now, read)

    def _figures(self, numbers: Numbers) -> Table:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(numbers.alerts.items())) or "none yet"
        sent = f"{numbers.deliveries.get('sent', 0)} sent, {numbers.unfinished} waiting"
        rows = [
            ("records/s", f"{max(self._rate, 0):,.0f}"),
            ("lag", f"{numbers.lag:,}"),
            ("stored", f"{numbers.stored:,}"),
            ("groups", f"{numbers.groups:,}"),
            ("incidents", ", ".join(f"{count} {status}" for status, count in numbers.incidents.items()) or "none yet"),
            ("alerts", told),
            ("messages", sent),
        ]
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim")
        for name, value in rows:
            grid.add_row(name, Text(value, style="bold"))
        return grid

    def _processes(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_column()
        grid.add_column(justify="right", style="bold")
        grid.add_column(style="dim")
        for name, pid in self._supervisor.stack.servers().items():
            grid.add_row(name, str(pid or "down"), "")
        for child in self._supervisor.children():
            again = f"started again: {child.restarts}" if child.restarts else ""
            grid.add_row(child.name, str(child.pid or "starting again"), again)
        return grid

    def _hints(self) -> Table:
        worker = next((child.pid for child in self._supervisor.children() if child.role == "worker" and child.pid), "")
        ours, data = ".venv/bin/seawall", shlex.quote(str(self._supervisor.data))
        rows = [
            ("see the alerts", f"{self._supervisor.desk_url}/" if self._supervisor.desk_url else "Slack, PagerDuty"),
            ("crash a page", self._page or "no gateway of ours"),
            ("kill a worker", f"kill -9 {worker}"),
            ("query", f'eval "$({ours} env --data {data})"; psql "$ANALYST_DATABASE_URL" -c "TABLE top_groups"'),
            ("more", f"{ours} --data {data} status"),
        ]
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(name, Text(value))
        return grid


def _groups(numbers: Numbers) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold")
    grid.add_column()
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    for group in numbers.top:
        style = COLOURS.get(group.severity, "")
        service, title = Text(harmless(group.service)), Text(harmless(group.title))
        grid.add_row(f"{group.occurrences:,}", Text(group.severity, style), service, title)
    return grid
