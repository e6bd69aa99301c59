"""`seawall incidents`: what is going on, and what is done about it."""

import asyncio
import getpass
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from models.triage import Action, ActionKind, Ignored, Resolved
from seawall.cli.feedback import print_feedback
from seawall.cli.output import NONE, print_json, print_table, progress, say
from seawall.cli.times import parse_time_ahead
from seawall.settings import load_settings
from seawall.triaging import act, history, listed, split

if TYPE_CHECKING:
    from triage.acting import Applied

__all__ = ["incidents_app"]

incidents_app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")
Target = Annotated[str, typer.Argument(help="An incident's or a group's id, or the first characters of one.")]
Actor = Annotated[str, typer.Option(help="Who does it, for the history.", default_factory=getpass.getuser)]
_SUSPECT = "{commit:.12} {subject} ({author}): by the {how} at {file}:{line}"
Comment = Annotated[str | None, typer.Option(help="A word about it, for the history and the channels.")]
Version = Annotated[int | None, typer.Option(help="Only if it is still of this version.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@incidents_app.callback()
def _incidents() -> None:
    """Incidents: which there are, what was done about each, and what to do now.

    An incident of a group of errors and the group go together, so that either's id will do.

    Example: `seawall incidents acknowledge 6f1c3c0e --comment "looking at it"`
    """


@incidents_app.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="The resolved and ignored ones, too.")] = False,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List incidents, the newest first.

    Example: `seawall incidents list --service shop`
    """
    rows = _run(listed(load_settings(), live_only=not everything, service=service, limit=limit))
    if as_json:
        print_json(rows)
        return
    print_table(
        "Incidents",
        ["incident", "status", "severity", "service", "title", "opened", "assignee"],
        [
            (
                *(row["id"][:8], row["status"], row["severity"], row["service"], row["title"]),
                f"{row['opened_at']:%m-%d %H:%M}",
                row["assignee"] or NONE,
            )
            for row in rows
        ],
    )


@incidents_app.command()
def show(target: Target, *, as_json: Json = False) -> None:
    """Show an incident with its history and what was told to whom.

    Example: `seawall incidents show 6f1c3c0e`
    """
    told = _run(history(load_settings(), target))
    if as_json:
        print_json(told)
        return
    if suspect := told["incident"]["suspect"]:
        told["incident"]["suspect"] = _SUSPECT.format(**suspect)
    facts = [(name, str(value)) for name, value in told["incident"].items() if value not in (None, [], {})]
    facts += [(f"policy {one['policy']}", one["said"]) for one in told["escalations"]]
    print_table("Incident", ["", ""], facts)
    print_table(
        "History",
        ["when", "what", "who", "why", "told to"],
        [
            (
                *(f"{step['at']:%m-%d %H:%M:%S}", step["kind"], step["actor"]),
                "; ".join(step["reasons"]) or NONE,
                ", ".join(step["told"]) or NONE,
            )
            for step in told["history"]
        ],
    )
    if told["feedback"]:
        print_feedback(told["feedback"])


@incidents_app.command()
def acknowledge(
    target: Target, *, actor: Actor, comment: Comment = None, version: Version = None, as_json: Json = False
) -> None:
    """Take it on: nobody else is paged for it.

    Example: `seawall incidents acknowledge 6f1c3c0e`
    """
    _act(target, Action(kind="acknowledge", comment=comment), actor, version, as_json=as_json)


@incidents_app.command()
def unacknowledge(
    target: Target, *, actor: Actor, comment: Comment = None, version: Version = None, as_json: Json = False
) -> None:
    """Give it back.

    Example: `seawall incidents unacknowledge 6f1c3c0e`
    """
    _act(target, Action(kind="unacknowledge", comment=comment), actor, version, as_json=as_json)


@incidents_app.command()
def start(
    target: Target, *, actor: Actor, comment: Comment = None, version: Version = None, as_json: Json = False
) -> None:
    """Say that somebody works on it.

    Example: `seawall incidents start 6f1c3c0e`
    """
    _act(target, Action(kind="start", comment=comment), actor, version, as_json=as_json)


@incidents_app.command()
def resolve(
    target: Target,
    *,
    actor: Actor,
    release: Annotated[str | None, typer.Option(help="Fixed in this release: older ones do not bring it back.")] = None,
    next_release: Annotated[
        bool, typer.Option("--next-release", help="Fixed in the release after the newest.")
    ] = False,
    commit: Annotated[str | None, typer.Option(help="Fixed by this commit.")] = None,
    comment: Comment = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Say that it is over. What happens again brings it back, in a release that holds the fix.

    Example: `seawall incidents resolve 6f1c3c0e --next-release`
    """
    if sum([release is not None, next_release, commit is not None]) > 1:
        raise typer.BadParameter("only one of --release, --next-release and --commit")
    fixed = Resolved(at=0.0, release=release, after="" if next_release else None, commit=commit)
    _act(target, Action(kind="resolve", comment=comment, resolved=fixed), actor, version, as_json=as_json)


@incidents_app.command()
def ignore(
    target: Target,
    *,
    actor: Actor,
    until: Annotated[
        float | None, typer.Option(parser=parse_time_ahead, metavar="TIME", help="Until then: 2h, 3d or a date.")
    ] = None,
    events: Annotated[int | None, typer.Option(min=1, help="Until so many more events.")] = None,
    users: Annotated[int | None, typer.Option(min=1, help="Until so many more users.")] = None,
    per_hour: Annotated[int | None, typer.Option(min=1, help="Until more than this in an hour: it escalates.")] = None,
    comment: Comment = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Tell nobody of it any more: for ever, or until something happens, whichever comes first.

    Example: `seawall incidents ignore 6f1c3c0e --until 7d --per-hour 100`
    """
    ignored = Ignored(at=0.0, until=until, events=events, users=users, per_hour=per_hour)
    _act(target, Action(kind="ignore", comment=comment, ignored=ignored), actor, version, as_json=as_json)


@incidents_app.command("split")
def split_(target: Target, *, actor: Actor, as_json: Json = False) -> None:
    """Take an incident out of the one of the same trace that it is told of with: it is told of by itself.

    Example: `seawall incidents split 6f1c3c0e`
    """
    whole = _run(split(load_settings(), target, actor=actor))
    print_json({"incident": whole}) if as_json else typer.echo(f"{whole} is one of its own now.")


@incidents_app.command()
def reopen(
    target: Target, *, actor: Actor, comment: Comment = None, version: Version = None, as_json: Json = False
) -> None:
    """Take it up again after it was resolved or ignored.

    Example: `seawall incidents reopen 6f1c3c0e`
    """
    _act(target, Action(kind="reopen", comment=comment), actor, version, as_json=as_json)


@incidents_app.command()
def assign(
    target: Target,
    to: Annotated[str | None, typer.Argument(help="Whose it is; leave out: nobody's.")] = None,
    *,
    actor: Actor,
    comment: Comment = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Say whose it is.

    Example: `seawall incidents assign 6f1c3c0e ann`
    """
    _act(target, Action(kind="assign", assignee=to, comment=comment), actor, version, as_json=as_json)


@incidents_app.command()
def comment(
    target: Target,
    text: Annotated[str, typer.Argument(help="What to say.")],
    *,
    actor: Actor,
    as_json: Json = False,
) -> None:
    """Add a word to the history.

    Example: `seawall incidents comment 6f1c3c0e "same as last week"`
    """
    _act(target, Action(kind="comment", comment=text), actor, None, as_json=as_json)


def _act(target: str, action: Action, actor: str, version: int | None, *, as_json: bool) -> None:
    done: Applied = _run(act(load_settings(), target, action, actor=actor, version=version))
    row = done.incident or done.group
    assert row is not None  # one of them was acted on
    facts = {
        "id": row.id,
        "is": "incident" if done.incident else "group",
        "status": row.status,
        "title": row.title,
        "service": row.service,
        "version": row.version,
    }
    if as_json:
        print_json(facts)
    else:
        say(f"{facts['is']} {row.id[:8]} ({row.title}): {_WORDS.get(action.kind, row.status.replace('_', ' '))}")


_WORDS: dict[ActionKind, str] = {
    "assign": "assigned",
    "comment": "noted",
    "reopen": "new again",
    "unacknowledge": "new",
}


def _run(work: Coroutine[Any, Any, T]) -> T:
    with progress("asking the database"):
        return asyncio.run(work)
