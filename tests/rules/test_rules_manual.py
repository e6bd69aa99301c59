"""The manual's examples are rules that load."""

import re
from pathlib import Path

import pytest

from rules.rulefile import load

TEXT = (Path(__file__).parents[2] / "docs" / "alerting.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_loads(example: str) -> None:
    load(example, "docs/alerting.md")


def test_the_examples_make_one_file() -> None:
    rules = load("\n".join(EXAMPLES), "docs/alerting.md")
    assert (len(rules.alerts), len(rules.thresholds), len(rules.escalation.ladder), len(rules.routes)) == (2, 7, 4, 2)
