"""`seawall alert`: how alerts look, and whether they arrive."""

import asyncio
import logging
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from models.severity import Severity
from rules.rulefile.channels import CHANNEL_KINDS
from seawall.cli.output import print_json
from seawall.settings import load_settings

__all__ = ["alert_app"]

alert_app = typer.Typer(no_args_is_help=True, help="Alerts: how they look in a channel, and whether they arrive.")


class Transition(StrEnum):
    """What can be told of an incident."""

    OPEN = "open"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@alert_app.command(epilog="Example: seawall alert preview teams --incident 6f1c3c0e")
def preview(
    kind: Annotated[str, typer.Argument(help=f"A kind of channel: {', '.join(CHANNEL_KINDS)}.")],
    *,
    incident: Annotated[str | None, typer.Option(help="Of this incident; by default a made-up one.")] = None,
    transition: Annotated[Transition, typer.Option(help="What to tell of it.")] = Transition.OPEN,
    severity: Annotated[Severity, typer.Option(help="Of the made-up one.")] = Severity.CRITICAL,
) -> None:
    """Show what a kind of channel would be sent, with the templates of the settings. Sends nothing."""
    from seawall import previewing  # noqa: PLC0415 -- start-up time of the other commands
    from seawall.triaging import history  # noqa: PLC0415
    from sinks.contract import Rejected  # noqa: PLC0415
    from sinks.rendering import Renderer  # noqa: PLC0415

    if kind not in previewing.PREVIEWS:
        raise typer.BadParameter(f"there are {', '.join(CHANNEL_KINDS)}", param_hint="KIND")
    settings = load_settings()
    target = "oncall@shop.example" if kind == "email" else "default"
    if incident is None:
        notice = previewing.sample(transition.value, severity, target)
    else:
        notice = previewing.notice_of(asyncio.run(history(settings, incident)), transition.value, target)
    try:
        typer.echo(previewing.preview(kind, notice, Renderer(settings.templates)))
    except Rejected as error:
        raise typer.BadParameter(error.reason) from None


@alert_app.command("test", epilog="Example: seawall alert test email:oncall@shop.example")
def send_test(
    channel: Annotated[str, typer.Argument(help="A channel as routes name it, such as `teams:payments`.")],
    *,
    severity: Annotated[Severity, typer.Option(help="Of the test; critical may page people.")] = Severity.INFO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send a marked test to a channel, then its all-clear, and tell each hop. Exits 1 where one fails."""
    import structlog  # noqa: PLC0415 -- start-up time of the other commands

    from seawall.alert_testing import try_channel  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # hops tell it all

    async def run() -> list[dict[str, Any]]:
        hops = []
        async for hop in try_channel(load_settings(), channel, severity):
            hops.append(asdict(hop))
            if not as_json:
                mark = typer.style("ok  ", fg="green") if hop.ok else typer.style("FAIL", fg="red")
                typer.echo(f"{mark} {hop.name:<10} {hop.seconds:6.2f} s  {hop.told}")
        return hops

    hops = asyncio.run(run())
    if as_json:
        print_json({"channel": channel, "ok": hops[-1]["ok"], "hops": hops})
    if not hops[-1]["ok"]:
        raise typer.Exit(1)
