"""What is explained of an event is what becomes of it, enrichment included."""

import orjson

from rules.rulefile import load
from seawall.explaining import explain_payload, explain_record
from streams.lookup_files import LookupFiles

RULES = """
version: 1
enrichment: {services: services.yaml, owners: "path:src/* @payments"}
"""
FRAME = {"file": "src/pay.py", "line": 1, "function": "pay", "in_app": True}
ERROR = {"service": "shop", "exception": [{"type": "KeyError", "value": "ann@example.com", "frames": [FRAME]}]}


def test_files_say_what_is_known_of_an_event(tmp_path):
    (tmp_path / "services.yaml").write_text("services: {shop: {team: carts, clone: /srv/git/shop}}")
    rules = load(RULES, "rules.yaml")
    [told] = explain_record(orjson.dumps(ERROR), rules, known=LookupFiles(tmp_path).look(rules.enrichment))
    assert told["enriched"] == {
        "team": "carts", "owner": "@payments", "owners": ["@payments"], "owned_by": "path:src/* @payments",
    }  # fmt: skip
    assert told["event"]["exceptions"][0]["value"] == "[email]"


def test_a_stored_event_says_what_it_was_told_when_it_came():
    told = explain_payload(
        {**ERROR, "enrichment": {"release": {"commit": "4f5e6d7"}}}, load("version: 1\n", "rules.yaml")
    )
    assert told["enriched"] == {"release": {"commit": "4f5e6d7"}}
