"""`seawall notifier`."""

import asyncio
from typing import Annotated

import typer

from seawall.logs import configure_logs
from seawall.notifying import run_notifier
from seawall.settings import load_settings

__all__ = ["notifier"]


def notifier(
    *,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=200, help="Deliveries at once, by kind of channel.")
    ] = None,
) -> None:
    """Send the alerts to their channels; run as many of these as you like.

    Runs until Ctrl-C or SIGTERM; deliveries under way are finished first. Killed, its work is taken over by the others.

    Example: `SEAWALL_SLACK_BOT_TOKEN=xoxb-… seawall notifier`
    """
    settings = load_settings()
    if concurrency is not None:
        settings = settings.model_copy(update={"notifier_concurrency": concurrency})
    configure_logs(settings, "notifier")
    asyncio.run(run_notifier(settings))
