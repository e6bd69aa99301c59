"""`seawall merge` and `seawall unmerge`."""

import asyncio
import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli.output import print_json, print_table, progress
from seawall.merging import merge_groups, unmerge_groups
from seawall.settings import load_settings

if TYPE_CHECKING:
    from sinks.postgres.merging import MergedGroup

__all__ = ["merge", "unmerge"]

Actor = Annotated[str, typer.Option(help="Who does it, for the log.", default_factory=getpass.getuser)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def merge(
    groups: Annotated[list[str], typer.Argument(help="Groups: their ids, or the first characters of them.")],
    *,
    into: Annotated[str, typer.Option(help="The group that they are shown and counted as.")],
    actor: Actor,
    as_json: Json = False,
) -> None:
    """Make groups one: they are shown, counted, resolved and alerted on as the group that they are merged into.

    What comes later joins it, too. Each keeps its own count, so that `seawall unmerge` takes it out again at once.

    Example: `seawall merge 6f1c3c0e 9d0b7d3c --into 22bc47e7`
    """
    with progress("merging"):
        shown = asyncio.run(merge_groups(load_settings(), groups, into, actor))
    _print("Merged into", [shown], as_json=as_json)


def unmerge(
    groups: Annotated[list[str], typer.Argument(help="Merged groups: their ids, or the first characters of them.")],
    *,
    actor: Actor,
    as_json: Json = False,
) -> None:
    """Take groups out of the one that they were merged into, with their counts and what was merged into them.

    Example: `seawall unmerge 6f1c3c0e`
    """
    with progress("taking apart"):
        apart = asyncio.run(unmerge_groups(load_settings(), groups, actor))
    _print("By themselves again", apart, as_json=as_json)


def _print(title: str, groups: list["MergedGroup"], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(group) for group in groups])
        return
    rows = [(group.id, group.title, group.service, group.occurrences, group.members) for group in groups]
    print_table(title, ["group", "title", "service", "its own errors", "merged into it"], rows)
