"""What docs/privacy.md says of masking is so."""

import re
from pathlib import Path
from typing import get_args

import pytest

from rules.masking import Masker
from rules.rulefile import load
from rules.rulefile.masking import BuiltInName
from tests.rules.canaries import CANARIES

DOC = Path("docs/privacy.md").read_text()
[EXAMPLE] = re.findall(r"```yaml\n(.+?)```", DOC, re.DOTALL)
ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", DOC, re.MULTILINE)


@pytest.mark.parametrize(("text", "masked"), ROWS)
def test_texts_become_what_the_table_says(text, masked):
    assert Masker().mask_text(text) == masked


def test_there_are_examples_and_rules_are_called_what_they_are():
    assert len(ROWS) >= 10
    assert {"aws_key", "github_token", "slack_token", "ip"} <= {*get_args(BuiltInName)}
    assert f"{len(CANARIES)} kinds of secrets" in DOC


def test_the_worked_section_does_what_its_comments_say():
    masker = Masker(load(EXAMPLE, "docs/privacy.md").masking, b"a key")
    draft = {
        "service": "shop",
        "message": "CU-123456 at 10.1.2.3, voucher AB12CD34EF56, call +49 30 901820, joe@shop.example",
        "exception": [{"type": "E", "frames": [{"file": "/home/jdoe/app.py"}]}],
        "extra": {
            "customer": {"born": "1990-01-02", "id": 7},
            "idempotency_token": "a1b2c3d4e5f6",
            "public": {"key": {"api_key": "a1b2c3d4e5f6"}},
            "api_key": "a1b2c3d4e5f6",
            "home": "/home/jdoe/x",
        },
    }
    masker.mask(draft)
    text = draft["message"]
    assert text.startswith("[customer] at [ip], voucher ********EF56, call +49 30 901820, [email:")
    assert draft["exception"][0]["frames"][0]["file"] == "/home/jdoe/app.py"
    assert draft["extra"] == {
        "customer": {"id": 7},
        "idempotency_token": "a1b2c3d4e5f6",
        "public": {"key": {"api_key": "a1b2c3d4e5f6"}},
        "api_key": "[api_key]",
        "home": "/home/[user]/x",
    }


@pytest.mark.parametrize(("service", "left"), [("kyc-eu", "cliente  no"), ("shop", "cliente [national_id] no")])
def test_services_have_choices_of_their_own(service, left):
    masker = Masker(load(EXAMPLE, "docs/privacy.md").masking, b"a key")
    draft = {"service": service, "message": "cliente 54362315K no"}
    masker.mask(draft)
    assert draft["message"] == left
