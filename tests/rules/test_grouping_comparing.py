"""Which groups would split or join."""

from rules.grouping import Grouper
from rules.grouping.comparing import Comparer, OldGroup
from rules.rulefile.grouping import GroupingRules


def old(name: str, *, service: str = "shop", events: int = 10) -> OldGroup:
    return OldGroup(name, f"title of {name}", service, "production", events)


def raised(kind: str, function: str, **more) -> dict:
    frames = [{"module": "shop.cart", "function": function, "in_app": True}]
    return {"service": "shop", "exception": [{"type": kind, "value": "no", "frames": frames}], **more}


def compared(events, rules=None, similarity=0.75):
    comparer = Comparer(Grouper(rules), similarity)
    for number, (group, draft) in enumerate(events):
        comparer.add(group, draft, f"event-{number}")
    return comparer.result()


def test_what_is_grouped_as_before_neither_splits_nor_joins():
    result = compared([(old("a"), raised("E", "pay")), (old("a"), raised("E", "pay")), (old("b"), raised("E", "add"))])
    assert (result.groups, result.events, result.unchanged, result.splits, result.joins) == (2, 3, 2, [], [])


def test_a_group_of_two_kinds_of_events_splits():
    result = compared([(old("a"), raised("E", "pay")), (old("a"), raised("E", "add")), (old("a"), raised("E", "pay"))])
    (split,) = result.splits
    assert split.group.id == "a"
    assert [new.sampled for new in split.into] == [{"a": 2}, {"a": 1}]
    assert split.into[0].examples == {"a": ["event-0", "event-2"]}
    assert result.unchanged == 0


def test_groups_that_a_rule_makes_one_join():
    rules = GroupingRules(fingerprints="error.type:E -> one")
    result = compared(
        [(old("a"), raised("E", "pay")), (old("b"), raised("E", "add")), (old("c"), raised("F", "x"))], rules
    )
    (join,) = result.joins
    assert [group.id for group in join.groups] == ["a", "b"]
    assert join.into.rule == "error.type:E -> one"
    assert result.unchanged == 1


def test_services_are_kept_apart():
    events = [(old("a"), raised("E", "pay")), (old("b", service="billing"), raised("E", "pay", service="billing"))]
    assert compared(events).joins == []


def test_messages_that_are_alike_join():
    events = [
        (old(name), {"message": f"Failed to send welcome mail to customer {name} of the shop"})
        for name in ("joe", "ann")
    ]
    assert len(compared(events).joins) == 1
    assert compared(events, similarity=1).joins == []


def test_the_largest_come_first():
    events = [
        (old(name, events=size), raised(name, function))
        for name, size in (("a", 5), ("b", 50))
        for function in ("pay", "add")
    ]
    assert [split.group.id for split in compared(events).splits] == ["b", "a"]
