"""`seawall rules check`: what it prints, and how it exits."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from seawall.cli.rules import rules_app

ROOT = Path(__file__).parents[2]


def check(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(rules_app, ["check", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_good_file_is_told_with_its_numbers() -> None:
    path = str(ROOT / "rules.yaml")
    assert check(path) == (0, f"{path}: OK: alerts 4, thresholds 1, ladder steps 3, routes 2\n", "")


def test_the_worked_file_of_the_manual_is_good(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    examples = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "alerting.md").read_text(), re.DOTALL)
    path.write_text("\n".join(examples))
    code, out, err = check(str(path))
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}: OK")


def test_every_problem_is_a_line_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("alert: []\nstorm:\n  count: 1\n")
    assert check(str(path)) == (
        1,
        "",
        f"{path}:1:1: unknown key `alert`; did you mean `alerts`?\n{path}:3:10: must be 2 or more\n",
    )


def test_as_json(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("storm:\n  count: 1\n")
    code, out, err = check(str(path), "--json")
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "file": str(path),
        "ok": False,
        "problems": [{"line": 2, "column": 10, "message": "must be 2 or more", "file": str(path)}],
        "doubts": [],
    }


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert check(str(tmp_path / "none.yaml")) == (
        1,
        "",
        f"{tmp_path / 'none.yaml'}:1:1: No such file or directory\n",
    )
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"version: 1\n# caf\xe9\n")
    assert check(str(path)) == (1, "", f"{path}:2:1: not UTF-8 text\n")


def test_a_folder_and_a_list_of_files(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("alerts:\n- {name: one, on: new}\n- {name: two, on: new}\n")
    (tmp_path / "a.yaml").write_text("alerts: [{name: zero, on: storm}]\n")
    said = f"{tmp_path}/b.yaml:3:3: never gives an incident its name: `one` takes all of them before\n"
    code, out, err = check(str(tmp_path))
    assert (code, err) == (0, said)
    assert out.startswith(f"{tmp_path}: OK: alerts 3,")
    (tmp_path / "a.yaml").write_text("alerts: [{name: two, on: storm}]\n")
    told = f"{tmp_path}/b.yaml:3:10: the name `two` is taken by the rule in line 1 of {tmp_path}/a.yaml\n"
    assert check(str(tmp_path)) == (1, "", told)
    assert check(f"{tmp_path}/a.yaml:{tmp_path}/b.yaml") == (1, "", told)
    (tmp_path / "empty").mkdir()
    code, _, err = check(str(tmp_path / "empty"))
    assert (code, err) == (1, f"{tmp_path}/empty:1:1: there is no file `*.yaml` in this folder\n")
