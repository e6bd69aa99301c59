"""What commands print: tables for people, JSON for programs, progress for whoever waits."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import typer

from seawall.showing import harmless

__all__ = ["NONE", "PATIENCE", "ask", "print_json", "print_table", "progress", "say"]

NONE = "–"  # noqa: RUF001 -- a dash, on purpose
PATIENCE = 2.0  # seconds without a word that a person puts up with


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    typer.echo(orjson.dumps(data, default=str, option=options).decode())


def say(text: str, *, dim: bool = False, bold: bool = False) -> None:
    """A line of which parts come from errors: nothing in it moves the cursor or colours what follows."""
    typer.secho(harmless(text), dim=dim or None, bold=bold or None)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table, as wide as the terminal; elsewhere as wide as it needs to be. Numbers stand to the right."""
    from rich.console import Console  # noqa: PLC0415 -- start-up time of commands that print no table
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    rows = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[index], int | float) or row[index] in {"", NONE} for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else harmless(str(cell))) for cell in row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width).print(table if rows else Text.assemble((title, "bold"), f"  {NONE}"))


def ask(question: str) -> bool:
    """A yes from a person; where there is none to ask, yes."""
    return not (sys.stdin.isatty() and sys.stdout.isatty()) or typer.confirm(question)


@contextmanager
def progress(description: str, total: int | None = None, unit: str = "") -> Iterator[Callable[[int], None]]:
    """Show on standard error that something goes on, once it has taken PATIENCE seconds.

    Yields:
        A function to call with how much more is done.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *([BarColumn(30)] if total else []),
        TextColumn("{task.completed:,.0f}" + (f" of {total:,}" if total else "") + f" {unit}" if unit else ""),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(description, total=total)

    def show() -> None:
        if console.is_terminal:
            bar.start()
        else:
            typer.echo(f"{description} …", err=True)

    timer = threading.Timer(PATIENCE, show)
    timer.daemon = True
    timer.start()
    try:
        yield lambda step: bar.advance(task, step)
    finally:
        timer.cancel()
        if bar.live.is_started:
            bar.stop()
