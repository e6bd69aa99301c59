"""`seawall topics`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from seawall.cli.output import print_json, print_table, progress
from seawall.settings import load_settings
from seawall.topics import TopicState, ensure_topics

__all__ = ["topics"]


def topics(
    *,
    check: Annotated[bool, typer.Option("--check", help="Only look: make nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make the Kafka topics that are missing, and check all of them.

    Topics that exist are never changed: where one is not as the job needs it, this says so and exits 1.

    Example: `seawall topics --check --json`
    """
    with progress("asking Kafka"):
        states = asyncio.run(ensure_topics(load_settings(), create=not check))
    if as_json:
        print_json([asdict(state) for state in states])
        return
    print_table("Topics", ["topic", "for", "partitions", "replicas", ""], [_row(state) for state in states])


def _row(state: TopicState) -> list[str | int]:
    words = ["made now"] if state.created else []
    return [state.name, state.purpose, state.partitions, state.replication, "; ".join(words + state.notes)]
