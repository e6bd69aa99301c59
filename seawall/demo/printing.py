"""The last page: what was produced, what arrived, whether it agrees."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from seawall.demo.catalogue import PROGRAMS
from seawall.demo.verdict import Verdict

__all__ = ["print_verdict"]


def print_verdict(console: Console, verdict: Verdict, produced: dict[str, int], branch: str, notes: list[str]) -> None:
    """Print it."""
    console.print(_programs(verdict, produced, branch))
    console.print(_formats(verdict.formats))
    numbers = verdict.numbers
    for name, counts in (
        ("alerts by kind", numbers.alerts),
        ("deliveries", numbers.deliveries),
        ("held back, by reason", verdict.held),
    ):
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
        console.print(Text.assemble((f"{name}: ", "bold"), told))
    if verdict.checks:
        console.print(_checks(verdict))
    for note in notes:
        console.print(Text(note, "yellow"))


def _programs(verdict: Verdict, produced: dict[str, int], branch: str) -> Table:
    numbers = verdict.numbers
    table = Table(title=f"the shop in {branch.title()}", title_justify="left", box=None, pad_edge=False)
    table.add_column("program", header_style="bold")
    for column in ("produced", "stored", "passed over"):
        table.add_column(column, justify="right", header_style="bold")
    for program in PROGRAMS:
        services = program.services(branch)
        table.add_row(
            program.name,
            f"{produced.get(program.service, 0):,}",
            f"{sum(verdict.rows.get(service, 0) for service in services):,}",
            f"{sum(numbers.dropped.get(service, 0) for service in services):,}",
        )
    passed_over = sum(numbers.dropped.values())
    totals = (sum(produced.values()), sum(verdict.rows.values()), passed_over)
    table.add_row(f"all, in {numbers.groups:,} groups", *(f"{total:,}" for total in totals), style="bold")
    return table


def _formats(counts: dict[str, int]) -> Table:
    table = Table(title="formats", title_justify="left", box=None, pad_edge=False, show_header=False)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    table.columns[1].justify = "right"
    return table


def _checks(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("numbers that must agree", "this", "that", ""):
        table.add_column(column, justify="right" if column.startswith("th") else "left")
    for check in verdict.checks:
        sign = Text("agree", "green") if check.good else Text("DO NOT AGREE", "bold red")
        table.add_row(check.what, f"{check.wanted:,}", f"{check.found:,}", sign)
    return table
