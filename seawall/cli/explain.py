"""`seawall explain`."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from seawall.cli.output import NONE, print_json, progress, say
from seawall.errors import SeawallError
from seawall.settings import Settings, load_settings

__all__ = ["explain"]

_EVENT_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_MAX_BYTES = 16 << 20
_SHOWN = {True: "in the app", False: "library", None: "unknown"}


def explain(
    what: Annotated[str, typer.Argument(metavar="EVENT_ID|FILE|-", help="A stored event, a file, or the pipe.")],
    *,
    rules: Annotated[Path | None, typer.Option(help="The rule file; by default the one in the settings.")] = None,
    hint: Annotated[str | None, typer.Option("--format", help="The record's format, where it is known.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how an error is read, masked, enriched and grouped, and which rule decided what. It changes nothing.

    Of a file or the pipe it tells what the files for enrichment say; of a stored event also its release and its user.

    Example: `python3 -c 'int("ten")' 2>&1 | seawall explain -`

    Example: `seawall explain 3f2a1b9c-5d6e-4f70-8a9b-0c1d2e3f4a5b --json`
    """
    from seawall.explaining import explain_payload, explain_record  # noqa: PLC0415 -- start-up time
    from seawall.rulebook import rules_in_force  # noqa: PLC0415

    settings = load_settings()
    in_force = rules_in_force(rules or settings.rules, given=rules is not None)
    if _EVENT_ID.fullmatch(what) and not Path(what).exists():
        with progress("reading"):
            events = [explain_payload(payload, in_force) for payload in asyncio.run(_stored(settings, what))]
        if not events:
            raise SeawallError(f"no event {what} is stored: it may have expired, or not have been an error")
    else:
        from streams.lookup_files import LookupFiles  # noqa: PLC0415
        from streams.rule_files import RuleFiles  # noqa: PLC0415

        known = LookupFiles(RuleFiles(rules or settings.rules).folder).look(in_force.enrichment)
        events = explain_record(_read(what), in_force, hint=hint, known=known)
    if as_json:
        print_json(events)
        return
    for number, event in enumerate(events, 1):
        if len(events) > 1:
            say(f"{'' if number == 1 else chr(10)}event {number} of {len(events)}", bold=True)
        _show(event)


def _read(what: str) -> bytes:
    if what == "-":
        return sys.stdin.buffer.read(_MAX_BYTES)
    with Path(what).open("rb") as file:
        return file.read(_MAX_BYTES)


async def _stored(settings: Settings, event_id: str) -> list[dict[str, Any]]:
    from seawall.postgres import connected  # noqa: PLC0415

    async with connected(settings) as connection:
        cursor = await connection.execute(
            "SELECT payload::text FROM occurrences WHERE event_id = %s ORDER BY occurred_at LIMIT 10", [event_id]
        )
        return [orjson.loads(row[0]) for row in await cursor.fetchall()]


def _show(event: dict[str, Any]) -> None:
    if "unreadable" in event:
        say(f"cannot be read: {event['unreadable']}: {event['detail']}; it would go to the dead letters")
        return
    if "not_an_error" in event:
        say(f"is passed over: {event['not_an_error']}")
        return
    _title("read")
    _pair("format", event["format"])
    for name, value in event["event"].items():
        if name != "exceptions":
            _pair(name, value)
    for one in event["event"]["exceptions"]:
        _pair("exception", f"{one['type'] or NONE}: {one['value'] or NONE}  ({one['frames']} frames)")
    _remarks("changed while reading", event.get("normalized"))
    if "filtered" in event:
        _filtered(event["filtered"])
    _remarks("masked", event.get("masked"))
    _remarks("changed while reading and masking", event.get("remarks"))
    _enriched(event["enriched"])
    if stored := event.get("stored"):
        _title("stored")
        for name, value in stored.items():
            _pair(name, value)
    _frames(event["grouping"]["frames"])
    _grouping(event["grouping"])


def _filtered(decision: dict[str, Any] | None) -> None:
    if decision is None:
        _title("filtered: by no rule")
        return
    _title("filtered")
    _pair("rule", decision["rule"])
    _pair("action", decision["action"])
    _pair("dropped", decision["reason"] or "no, kept")
    if decision["severity"]:
        _pair("severity", decision["severity"])


def _enriched(facts: dict[str, Any]) -> None:
    _title("enriched" if facts else "enriched: nothing is known")
    for name, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {one}" for key, one in value.items())  # noqa: PLW2901
        _pair(name, ", ".join(map(str, value)) if isinstance(value, list) else value)


def _frames(frames: list[dict[str, Any]]) -> None:
    last = None
    for frame in frames:
        if frame["exception"] != last:
            last = frame["exception"]
            _title(f"frames of {frame['type'] or 'exception ' + str(last)}, the outermost first")
        state = _SHOWN[frame["in_app"]] + ("" if frame["counts"] else ", does not count")
        say(f"  {frame['key']}")
        say(f"      {state}", dim=True)
        for change in frame["changes"]:
            say(f"      {change['what']} by {change['rule']}", dim=True)


def _grouping(grouping: dict[str, Any]) -> None:
    _title("group")
    for name in ("title", "culprit", "fingerprint"):
        _pair(name, grouping[name])
    _pair("decided by", grouping["rule"] or grouping["variant"])
    if grouping["message"]:
        _pair("compared as", grouping["message"])
    for variant in grouping["variants"]:
        _title(f"{variant['name']}  {variant['hash']}")
        for component in variant["components"]:
            say(f"  {component}")


def _remarks(title: str, remarks: list[dict[str, Any]] | None) -> None:
    if remarks is None:
        return
    _title(title if remarks else f"{title}: nothing")
    for remark in remarks:
        length = f", was {remark['length']} characters long" if remark.get("length") is not None else ""
        say(f"  {remark['path'] or 'the record'}: {remark['rule']}{length}")


def _title(text: str) -> None:
    say(f"\n{text}", bold=True)


def _pair(name: str, value: Any) -> None:
    say(f"  {name:<14} {NONE if value in (None, '', []) else value}")
