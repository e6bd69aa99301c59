"""Why an event belongs to its group."""

from rules.grouping import Grouper
from rules.grouping.explaining import Change, explain
from rules.rulefile.grouping import GroupingRules

RULE = "stack.module:web.* -app -group"
DRAFT = {
    "language": "python",
    "exception": [
        {
            "type": "PayError",
            "frames": [
                {"module": "web.lib", "function": "call", "in_app": True},
                {"module": "shop.cart", "function": "pay", "in_app": True},
            ],
        }
    ],
}


def test_each_frame_says_what_rules_did_to_it():
    found = explain(Grouper(GroupingRules(stack_rules=[RULE])), DRAFT)
    first, second = found.frames
    assert (first.key, first.given, first.in_app, first.counts) == ("web.lib|call", True, False, False)
    assert first.changes == (Change(RULE, "-app"), Change(RULE, "-group"))
    assert (second.key, second.given, second.in_app, second.counts, second.changes) == (
        "shop.cart|pay", True, True, True, (),
    )  # fmt: skip


def test_variants_are_the_hashes_in_their_order_with_what_they_are_made_of():
    before = GroupingRules(fingerprints="type:* -> {{ default }} x")
    grouper = Grouper(GroupingRules(stack_rules=[RULE]), before)
    found = explain(grouper, DRAFT)
    assert [variant.label for variant in found.variants] == [
        "stack", "own fingerprint, by the rules before", "version 1",
    ]  # fmt: skip
    assert found.variants[0].components == found.grouping.components == ("type:PayError", "shop.cart|pay")
    assert tuple(dict.fromkeys(variant.hash for variant in found.variants)) == found.grouping.hashes
    assert found.grouping == grouper.group(DRAFT)


def test_a_rule_that_gives_the_fingerprint_is_named():
    rule = 'error.type:PayError -> pay title="Payments"'
    found = explain(Grouper(GroupingRules(fingerprints=rule)), DRAFT)
    assert found.grouping.rule == rule
    assert found.variants[0].label == "own fingerprint"


def test_a_message_is_one_variant():
    found = explain(Grouper(), {"message": "order 17 lost"})
    assert [variant.label for variant in found.variants] == ["message", "version 1"]
    assert found.frames == ()
