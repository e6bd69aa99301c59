"""`seawall send`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from models.severity import Severity
from seawall.cli.output import print_json, progress
from seawall.errors import SeawallError
from seawall.sending import Facts, Sent, Shape, records_of
from seawall.sending import send as send_records
from seawall.settings import load_settings

__all__ = ["send"]


def send(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE…|-]", help="Nothing or - reads the pipe.")
    ] = None,
    *,
    service: Annotated[str | None, typer.Option(help="For records that do not say it themselves.")] = None,
    environment: Annotated[str | None, typer.Option(help="Likewise.")] = None,
    release: Annotated[str | None, typer.Option(help="Likewise.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Likewise.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each line is a record: JSON lines, a log file.")] = False,
    json_array: Annotated[bool, typer.Option("--json-array", help="Each item of a JSON array is a record.")] = False,
    topic: Annotated[str | None, typer.Option(help="Instead of the errors topic.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for Kafka.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send errors to the errors topic: a traceback, a JSON document, or a record a line.

    JSON goes as it is, text goes wrapped in Seawall's JSON with this host's name. The command ends when every replica
    of the topic has every record.

    Example: `python job.py 2>&1 | seawall send --service nightly-job`

    Example: `tail -F app.log | seawall send --lines --service shop`
    """
    if lines and json_array:
        raise typer.BadParameter("--lines and --json-array exclude each other")
    shape: Shape = "lines" if lines else "array" if json_array else "one"
    facts = Facts(service=service, environment=environment, release=release, severity=severity)
    settings = load_settings()
    with ExitStack() as stack:
        records = _records(files or [Path("-")], shape, facts, stack)
        done = stack.enter_context(progress("sending", unit="records"))
        sent = asyncio.run(send_records(settings, records, topic=topic, patience=timeout, done=done))
    _report(sent, topic or settings.errors_topic, settings.kafka(), as_json=as_json)


def _records(files: list[Path], shape: Shape, facts: Facts, stack: ExitStack) -> Iterator[bytes]:
    sources: list[BinaryIO] = []
    for file in files:
        if str(file) == "-":
            sources.append(_stdin())
            if sys.stdin.isatty():
                typer.echo("reading from the terminal; end with Ctrl-D", err=True)
            continue
        try:
            sources.append(stack.enter_context(file.open("rb")))
        except OSError as error:
            raise SeawallError(f"{file}: {error.strerror}") from None
    return (record for source in sources for record in records_of(source, shape, facts))


def _stdin() -> BinaryIO:
    # An object of its own: the interpreter locks sys.stdin when it ends, and a reader that still waits holds that lock.
    return open(sys.stdin.fileno(), "rb", closefd=False)


def _report(sent: Sent, topic: str, servers: str, *, as_json: bool) -> None:
    if as_json:
        places = {
            str(partition): dict(zip(("first", "last"), both, strict=True))
            for partition, both in sorted(sent.partitions.items())
        }
        print_json({"sent": sent.count, "bytes": sent.bytes, "topic": topic, "offsets": places})
        return
    if not sent.count:
        typer.echo("nothing to send: the input is empty", err=True)
        return
    word = "record" if sent.count == 1 else "records"
    places_text = ", ".join(
        f"partition {partition} offset {first}" + (f"–{last}" if last > first else "")  # noqa: RUF001 -- a range
        for partition, (first, last) in sorted(sent.partitions.items())
    )
    typer.echo(f"sent {sent.count:,} {word} to {topic} at {servers}: {places_text}")
