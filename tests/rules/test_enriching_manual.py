"""The examples of docs/enrichment.md are as it says."""

import re
from pathlib import Path

import pytest

from models.release import Release
from rules.enriching.catalogue import Catalogue, parse_catalogue
from rules.releases import parse_releases
from rules.rulefile import load

DOC = Path("docs/enrichment.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.+?)```", DOC, re.DOTALL)
RULES = [one for one in EXAMPLES if one.startswith("version:")]
SERVICES = [one for one in EXAMPLES if one.startswith("services:")]


@pytest.mark.parametrize("example", RULES)
def test_rule_files_pass_the_check(example):
    assert load(example, "docs/enrichment.md").enrichment != load("version: 1\n", "rules.yaml").enrichment


def test_the_catalogue_is_one():
    [example] = SERVICES
    catalogue = Catalogue(parse_catalogue(example, "docs/enrichment.md"))
    assert catalogue.find("cart-eu") == {"team": "carts"}
    assert catalogue.find("shop")["tier"] == 1


def test_the_record_of_a_release_is_read_whole():
    [record] = re.findall(r"```json\n(.+?)```", DOC, re.DOTALL)
    [release] = parse_releases(record.encode(), 1_800_000_000.0, str)
    missing = {name for name in Release.__struct_fields__ if not getattr(release, name)}
    assert missing == set()
    assert len(RULES) == 2
