"""`seawall rules`: look at the rule file before it goes live."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from models.severity import Severity
from rules.oncall.doubts import schedule_doubts
from rules.rulefile import Problem, RuleFile, RuleFileError, load
from rules.rulefile.sense import doubts
from seawall.cli.backtest import backtest
from seawall.settings import load_settings

__all__ = ["check", "rules_app"]

rules_app = typer.Typer(no_args_is_help=True, help="The rule file: what to alert on and where alerts go.")


rules_app.command("test")(backtest)


@rules_app.command(epilog="Example: seawall rules check rules.yaml")
def check(
    file: Annotated[Path | None, typer.Argument(help="The file; by default the one in the settings.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a rule file, and name every problem with its line and column. Exits 1 if there is one.

    Rules that can never fire, or always do, and schedules with gaps in the next weeks are named as well; they are no
    reason to refuse the file.
    """
    settings = load_settings()
    path = file or settings.rules
    rules, problems = _checked(path)
    found = _doubts(path, rules, Severity(settings.minimum_severity)) if rules else []
    if as_json:
        told = {"problems": _told(problems), "doubts": _told(found)}
        typer.echo(json.dumps({"file": str(path), "ok": rules is not None, **_numbers(rules), **told}))
    else:
        if rules is not None:
            numbers = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in _numbers(rules).items())
            typer.echo(f"{path}: OK: {numbers}")
        for problem in (*problems, *found):
            typer.echo(f"{path}:{problem.line}:{problem.column}: {problem.message}", err=True)
    if rules is None:
        raise typer.Exit(1)


def _doubts(path: Path, rules: RuleFile, minimum: Severity) -> list[Problem]:
    text = path.read_text(encoding="utf-8")
    return sorted([*doubts(text, rules, minimum), *schedule_doubts(text, rules, time.time())])


def _checked(path: Path) -> tuple[RuleFile | None, list[Problem]]:
    try:
        return load(path.read_text(encoding="utf-8"), str(path)), []
    except RuleFileError as exc:
        return None, exc.problems
    except UnicodeDecodeError as exc:
        line = path.read_bytes().count(b"\n", 0, exc.start) + 1
        return None, [Problem(line, 1, "not UTF-8 text")]
    except OSError as exc:
        return None, [Problem(1, 1, exc.strerror or "it cannot be read")]


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
    return [{"line": found.line, "column": found.column, "message": found.message} for found in problems]
