"""The `seawall` command. Each command is a module here, imported when it is called."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from seawall import __version__
from seawall.cli.lazy import Entry, lazy_group
from seawall.errors import SettingsError, TopicError

__all__ = ["app", "main"]

COMMANDS = {
    "up": Entry("seawall.cli.up", "up", "Run everything on this machine: servers, workers, notifier."),
    "env": Entry("seawall.cli.env", "env", "Print the addresses of what `up` runs, as shell lines."),
    "status": Entry("seawall.cli.status", "status", "Show processes, lag, rates, groups, incidents, deliveries."),
    "doctor": Entry("seawall.cli.doctor", "doctor", "Check the settings, the servers and this machine."),
    "send": Entry("seawall.cli.send", "send", "Send errors from files or a pipe to the errors topic."),
    "dead": Entry("seawall.cli.dead", "dead_app", "List, show and replay records that could not be read."),
    "incidents": Entry("seawall.cli.incidents", "incidents_app", "List, show, acknowledge, resolve … incidents."),
    "silences": Entry("seawall.cli.silences", "silences_app", "List, add, preview and expire silences."),
    "alert": Entry("seawall.cli.alert", "alert_app", "Preview alerts, and test channels."),
    "oncall": Entry("seawall.cli.oncall", "oncall_app", "Say who is on call; schedules as calendars."),
    "merge": Entry("seawall.cli.merging", "merge", "Make groups of errors one."),
    "unmerge": Entry("seawall.cli.merging", "unmerge", "Take a group out of the one that it was merged into."),
    "explain": Entry("seawall.cli.explain", "explain", "Say how an error is read, masked and grouped, and why."),
    "grouping": Entry("seawall.cli.grouping", "grouping_app", "Say what other grouping rules would change."),
    "sourcemaps": Entry("seawall.cli.sourcemaps", "sourcemaps_app", "Upload, list and delete source maps."),
    "releases": Entry("seawall.cli.releases", "releases_app", "Make releases known, and list them."),
    "monitors": Entry("seawall.cli.monitors", "monitors_app", "List and forget jobs that check in."),
    "feedback": Entry("seawall.cli.feedback", "feedback_app", "List what people say of errors."),
    "replay": Entry("seawall.cli.replay", "replay", "Send records again that a filter dropped."),
    "rules": Entry("seawall.cli.rules", "rules_app", "Check the rule file."),
    "topics": Entry("seawall.cli.topics", "topics", "Make and check the Kafka topics."),
    "migrate": Entry("seawall.cli.migrate", "migrate", "Bring the database to this version's schema."),
    "worker": Entry("seawall.cli.worker", "worker", "Run one worker of the stream job."),
    "notifier": Entry("seawall.cli.notifier", "notifier", "Run the process that delivers alerts."),
    "gateway": Entry("seawall.cli.gateway", "gateway", "Run the process that takes errors over HTTP."),
    "project": Entry("seawall.cli.projects", "project_app", "Make and list projects that send to the gateway."),
    "key": Entry("seawall.cli.keys", "key_app", "Make, list, rotate and revoke the keys of projects."),
    "together": Entry("seawall.cli.together", "together", "Run several of these as one, for a container."),
    "desk": Entry("seawall.cli.desk", "desk", "Run a local stand-in for Slack and PagerDuty."),
}

app = typer.Typer(
    cls=lazy_group(COMMANDS), no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)


def _version(value: bool) -> None:  # noqa: FBT001 -- typer calls it so
    if value:
        typer.echo(f"seawall {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded servers (SEAWALL_DATA).")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks (SEAWALL_DEBUG=1).")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Seawall: every error stored once, grouped, counted and alerted on.

    Example: `seawall up`, then in another terminal `python shop.py 2>&1 | seawall send --service shop`
    """
    del debug, version
    if data is not None:
        os.environ["SEAWALL_DATA"] = str(data)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit: 0, or what the command asked for, or 1 (2: wrong usage) with one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--debug" in given[: given.index("--") if "--" in given else None]:  # wherever it stands
        given.remove("--debug")
        os.environ["SEAWALL_DEBUG"] = "1"
    debug = os.environ.get("SEAWALL_DEBUG", "").lower() in {"1", "true", "yes", "on"}
    # Libraries log what we say ourselves, in one line; commands that run for long set up logs of their own.
    logging.basicConfig(level=logging.INFO) if debug else logging.getLogger().addHandler(logging.NullHandler())
    try:
        code = typer.main.get_command(app).main(given, prog_name="seawall", standalone_mode=False)
    except Exception as error:
        if debug:
            raise
        sys.exit(_explain(error))
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception) -> int:
    """Say what went wrong, a line a problem, and return the exit code."""
    from seawall.logs import Redactor  # noqa: PLC0415 -- only where something went wrong

    if isinstance(error, SettingsError | TopicError):
        lines: Sequence[str] = error.problems
    elif callable(getattr(error, "format_message", None)):  # wrong usage
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "seawall"
        text = error.format_message().rstrip(".")  # type: ignore[attr-defined]
        lines = [f"{text} (see `{path} --help`)"] if text else []  # without a word: the help was shown
    elif isinstance(error, OSError) and error.strerror and error.filename:
        lines = [f"{error.filename}: {error.strerror}"]
    else:
        lines = str(error).strip().splitlines()[:1] or [f"failed with {type(error).__name__}; more with --debug"]
    mark = typer.style("seawall:", fg="red", bold=True) if sys.stderr.isatty() else "seawall:"
    redact = Redactor().text
    for line in lines:
        typer.echo(f"{mark} {redact(line)}", err=True)
    code = getattr(error, "exit_code", 1)
    return code if isinstance(code, int) else 1
