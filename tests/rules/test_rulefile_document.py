"""Rules of several files: what they make together, and where each mistake stands."""

import pytest

from rules.rulefile import RuleFileError, Source, load, load_all
from rules.rulefile.document import MAX_FILES

SHOP = """\
alerts:
  - name: shop-new
    on: new
escalation:
  calm: 5m
users:
  ann: {contact: "slack:#ann"}
"""
BASE = """\
version: 1
alerts:
  - {name: any-new, on: new}
escalation:
  resolve_after: 1h
default_route: slack:#alerts
"""


def problems(*texts: str) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        load_all([Source(f"{chr(97 + number)}.yaml", text) for number, text in enumerate(texts)])
    return caught.value.lines()


def test_lists_are_joined_in_order_and_mappings_key_by_key():
    rules = load_all([Source("a.yaml", BASE), Source("b.yaml", SHOP), Source("c.yaml", "version: 1\n")])
    assert [rule.name for rule in rules.alerts] == ["any-new", "shop-new"]
    assert (rules.escalation.calm, rules.escalation.resolve_after) == (300, 3600)
    assert list(rules.users) == ["ann"]


def test_one_file_is_what_it_was():
    assert load_all([Source("a.yaml", BASE)]) == load(BASE, "a.yaml")


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ((BASE, "alerts:\n- name: x\n  on: nex"), ["b.yaml:3:7: `nex` is none of"]),
        (
            (BASE, "\n\nthresholds:\n- {name: any-new, count: 2, window: 1m}"),
            ["b.yaml:4:10: the name `any-new` is taken by the rule in line 3 of a.yaml"],
        ),
        ((BASE, "default_route: slack:#b"), ["b.yaml:1:1: `default_route` stands in line 6 of a.yaml already"]),
        (
            ("default_route: [slack:#a]", "default_route: [slack:#b]"),
            ["b.yaml:1:1: `default_route` stands in line 1 of a.yaml already"],
        ),
        ((SHOP, SHOP.replace("shop-new", "other")), ["b.yaml:7:3: `ann` stands in line 7 of a.yaml already"]),
        ((BASE, "escalation: {resolve_after: 2h}"), ["b.yaml:1:14: `resolve_after` stands in line 5 of a.yaml"]),
        ((BASE, "alerts: {}"), ["b.yaml:1:1: `alerts` stands in line 2 of a.yaml already"]),
        (("[1]", "- 2"), ["a.yaml:1:1: the file must be a mapping", "b.yaml:1:1: the file must be a mapping"]),
        ((BASE, "alerts: ["), ["b.yaml:1:"]),
        ((BASE, "# nothing"), ["b.yaml:1:1: the file holds no rules"]),
        (
            ("routes: [{to: slack:#a, policy: calm}]", "policies: {calmer: {steps: [{notify: user:ann}]}}", SHOP),
            ["a.yaml:1:33: there is no `calm` in `policies`; did you mean `calmer`?"],
        ),
    ],
)
def test_every_mistake_says_its_file(texts, told):
    found = problems(*texts)
    assert len(found) == len(told), found
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True)), found


def test_names_may_lead_into_another_file():
    route = "routes: [{to: slack:#a, policy: calm}]"
    rules = load_all([Source("a", route), Source("b", "policies: {calm: {steps: [{notify: user:ann}]}}\n" + SHOP)])
    assert rules.routes[0].policy == "calm"


def test_too_many_files_or_too_much_in_them():
    assert "too much in all files together" in problems(*["version: 1\n"] * (MAX_FILES + 1))[0]
    large = "filters: {rules: [" + "1, " * 9_000 + "]}"
    assert any("too much" in line for line in problems(*[large] * 9))
