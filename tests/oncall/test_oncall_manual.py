"""The manual's worked file is right, and does what the page says."""

import re
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from models.severity import Severity
from rules.oncall.people import People
from rules.oncall.stepping import Ask, Escalated, advance
from rules.routing import Router
from rules.rulefile import load
from seawall.cli.rules import rules_app

TEXT = (Path(__file__).parents[2] / "docs" / "oncall.md").read_text()
[FILE] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
TABLE = re.findall(r"^\| (\d+) min \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)


def check(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(rules_app, ["check", str(path)])
    return result.exit_code, result.stderr


def test_the_worked_file_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(FILE)
    assert check(path) == (0, "")


def test_a_schedule_with_gaps_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(FILE.replace("        every: week\n", "        every: week\n        only: {weekdays: [mon]}\n"))
    code, said = check(path)
    line = FILE[: FILE.index("  shop:\n    zone")].count("\n") + 1
    assert code == 0
    assert re.fullmatch(
        rf"{re.escape(str(path))}:{line}:3: nobody is on call in `shop` from .+ and \d+ times more in 5 weeks\n", said
    )


def test_the_worked_policy_does_what_the_table_says() -> None:
    rules = load(FILE, "docs/oncall.md")
    [routed] = Router(rules).route({"service": "cart", "severity": "critical"})
    assert routed.policy == "shop"
    policy, people = rules.policies["shop"], People(rules)
    start = now = datetime(2026, 2, 2, 11, tzinfo=UTC).timestamp()
    state, told = Escalated(due_at=now), []
    while True:
        out = advance(policy, state, Ask(status="new", severity=Severity.CRITICAL), people, now)
        after = f"{(now - start) / 60:.0f}"
        told += [(after, ", ".join(f"`{one}`" for one in page.channels), page.reasons[0]) for page in out.pages]
        if out.next_at is None:
            break
        state, now = out.state, out.next_at
    assert told == TABLE
