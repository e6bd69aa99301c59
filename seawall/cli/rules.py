"""`seawall rules`: look at the rule file before it goes live."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from models.severity import Severity
from rules.oncall.doubts import schedule_doubts
from rules.rulefile import Problem, RuleFile, RuleFileError, load_all
from rules.rulefile.sense import doubts
from seawall.cli.backtest import backtest
from seawall.settings import load_settings
from streams.rule_files import RuleFiles

__all__ = ["check", "rules_app"]

rules_app = typer.Typer(no_args_is_help=True, help="The rule file: what to alert on and where alerts go.")


rules_app.command("test")(backtest)


@rules_app.command(epilog="Example: seawall rules check rules.yaml")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A file, a folder, or several with `:` between; by default as set.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a rule file, or a folder of them, and name every problem with its line and column. Exits 1 if there is one.

    Rules that can never fire, or always do, and schedules with gaps in the next weeks are named as well; they are no
    reason to refuse the file.
    """
    settings = load_settings()
    path = file or settings.rules
    rules, problems, found = _checked(path, Severity(settings.minimum_severity))
    if as_json:
        told = {"problems": _told(problems), "doubts": _told(found)}
        typer.echo(json.dumps({"file": str(path), "ok": rules is not None, **_numbers(rules), **told}))
    else:
        if rules is not None:
            numbers = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in _numbers(rules).items())
            typer.echo(f"{path}: OK: {numbers}")
        for problem in (*problems, *found):
            typer.echo(f"{problem.file}:{problem.line}:{problem.column}: {problem.message}", err=True)
    if rules is None:
        raise typer.Exit(1)


def _checked(path: Path, minimum: Severity) -> tuple[RuleFile | None, list[Problem], list[Problem]]:
    """The rules, what is wrong with them, and what may be said of them."""
    try:
        sources = RuleFiles(path).sources()
        rules = load_all(sources)
    except RuleFileError as error:
        return None, error.problems, []
    found = [*doubts(sources, rules, minimum), *schedule_doubts(sources, rules, time.time())]
    order = [source.name for source in sources]
    return rules, [], sorted(found, key=lambda problem: (order.index(problem.file), problem))


def _numbers(rules: RuleFile | None) -> dict[str, Any]:
    if rules is None:
        return {}
    return {
        "alerts": len(rules.alerts),
        "thresholds": len(rules.thresholds),
        "ladder_steps": len(rules.escalation.ladder),
        "routes": len(rules.routes) + bool(rules.default_route),
    }


def _told(problems: list[Problem]) -> list[dict[str, Any]]:
    return [asdict(found) for found in problems]
