"""`seawall rules`: look at the rule file before it goes live."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.rulefile import Problem, RuleFile, RuleFileError, load
from seawall.settings import load_settings

__all__ = ["check", "rules_app"]

rules_app = typer.Typer(no_args_is_help=True, help="The rule file: what to alert on and where alerts go.")


@rules_app.callback()
def _rules() -> None:
    """Keep `check` a command of its own, though it is the only one."""


@rules_app.command(epilog="Example: seawall rules check rules.yaml")
def check(
    file: Annotated[Path | None, typer.Argument(help="The file; by default the one in the settings.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a rule file, and name every problem with its line and column. Exits 1 if there is one."""
    path = file or load_settings().rules
    rules, problems = _checked(path)
    if as_json:
        typer.echo(json.dumps({"file": str(path), "ok": rules is not None, **_numbers(rules), **_told(problems)}))
    elif rules is not None:
        numbers = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in _numbers(rules).items())
        typer.echo(f"{path}: OK: {numbers}")
    else:
        for problem in problems:
            typer.echo(f"{path}:{problem.line}:{problem.column}: {problem.message}", err=True)
    if rules is None:
        raise typer.Exit(1)


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


def _told(problems: list[Problem]) -> dict[str, Any]:
    return {"problems": [{"line": found.line, "column": found.column, "message": found.message} for found in problems]}
