"""docs/channels.md says of the code what is true."""

import json
import re
from dataclasses import fields
from pathlib import Path

from models.severity import Severity
from rules.rulefile import load
from rules.rulefile.channels import CHANNEL_KINDS
from seawall.previewing import sample
from seawall.settings import Settings
from sinks.message import Message
from sinks.webhook.event import event_of

PAGE = Path("docs/channels.md").read_text()
TEMPLATES = {path.name for path in Path("sinks/templates").glob("*.j2")}


def test_each_kind_has_a_row_whose_example_is_a_good_name() -> None:
    names = re.findall(r"^\| `([a-z]+:[^`]+)` \|", PAGE, re.MULTILINE)
    assert [name.partition(":")[0] for name in names] == list(CHANNEL_KINDS)
    for name in names:
        assert load(f'default_route: "{name}"', "docs/channels.md").default_route == (name,)


def test_each_setting_exists() -> None:
    named = {name.lower() for name in re.findall(r"SEAWALL_([A-Z_]+)", PAGE)}
    assert named <= set(Settings.model_fields)


def test_the_names_of_templates_are_those_of_messages() -> None:
    told = PAGE[PAGE.index("A template has these names:") : PAGE.index("For example, `sms.body.j2`")]
    names = set(re.findall(r"`(\w+)`", told)) - {"name", "value", "label", "url"}
    assert names == {field.name for field in fields(Message)}


def test_the_templates_that_are_named_are_there() -> None:
    named = set(re.findall(r"`([a-z.]+\.j2)`", PAGE)) - {"teams.body.j2"}  # one that a user may add
    assert named - {".html.j2"} == TEMPLATES


def test_the_event_is_as_it_is_shown() -> None:
    [example] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    real = event_of(sample("escalate", Severity.CRITICAL))
    assert (set(example), set(example["data"])) == (set(real), set(real["data"]))
