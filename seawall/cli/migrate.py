"""`seawall migrate`."""

from typing import Annotated

import typer

from seawall.cli.output import print_json, progress
from seawall.errors import PostgresAwayError, SeawallError
from seawall.settings import load_settings

__all__ = ["migrate"]


def migrate(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only look: change nothing; exit 1 if steps are missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the database to this version's schema. Safe to run again, and from several machines at once.

    Example: `seawall migrate --json`
    """
    steps = _run(load_settings().postgres(), check=check)
    if as_json:
        print_json({"pending" if check else "applied": steps})
    else:
        verb = "missing" if check else "applied"
        for step in steps:
            typer.echo(f"{verb} {step}")
        typer.echo(f"{len(steps)} steps {verb}" if steps else "the database is up to date")
    if check and steps:
        raise typer.Exit(1)


def _run(database_url: str, *, check: bool) -> list[str]:
    import psycopg  # noqa: PLC0415 -- start-up time of the other commands

    from sinks.postgres import migrating  # noqa: PLC0415

    try:
        with progress("migrating the database"):
            return migrating.pending(database_url) if check else migrating.migrate(database_url, _note)
    except psycopg.OperationalError as error:
        raise PostgresAwayError(f"PostgreSQL cannot be reached: {str(error).strip().splitlines()[0]}") from error
    except (migrating.MigrationError, psycopg.Error) as error:
        raise SeawallError(f"the database cannot be migrated: {str(error).strip().splitlines()[0]}") from error


def _note(text: str) -> None:
    typer.echo(f"note: {text}", err=True)
