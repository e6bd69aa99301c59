"""Thresholds as the rule file has them: what is refused, and where."""

import pytest

from rules.rulefile import RuleFileError, load

ONE = "a threshold needs exactly one of count, distinct, rate, spike, flatline, silent, all and any"
FIELDS = "user_id, hostname, service, environment, release, type, group"

REFUSED = [
    ("{name: a, window: 1m}", f"2:3: {ONE}"),
    ("{name: a, window: 1m, count: 5, silent: {for: 1m}}", f"2:3: {ONE}"),
    ("{name: a, count: 5}", "2:3: `window` is missing"),
    ("{name: a, window: 1m, silent: {for: 1m}}", "2:3: `silent` has no window; say how long in its `for`"),
    (
        "{name: a, window: 1m, distinct: {of: user, count: 5}}",
        f"2:40: `user` is none of {FIELDS}, and no tag such as tag.region",
    ),
    ("{name: a, window: 1m, distinct: {of: user_id}}", "2:35: `count` is missing"),
    ("{name: a, window: 1m, rate: {above: 1}}", None),
    ("{name: a, window: 1m, rate: {above: 5}}", "2:39: must be a share such as 1% or 0.01, not `5`"),
    ("{name: a, window: 1m, rate: {above: much}}", "2:39: must be a share such as 1% or 0.01, not `much`"),
    ("{name: a, window: 1m, rate: {above: 1%, at_least: 100 requests}}", None),
    (
        "{name: a, window: 1m, rate: {above: 1%, at_least: some}}",
        "2:53: must be a number such as 100 or `100 requests`, not `some`",
    ),
    ("{name: a, window: 1m, rate: {above: 1%, at_least: 0}}", "2:53: must be 1 or more"),
    (
        "{name: a, window: 1m, group_by: [service, type], rate: {above: 1%}}",
        "2:3: traffic is told of by service and environment, so that it cannot be grouped by type",
    ),
    ("{name: a, window: 1m, group_by: [service, type], rate: {above: 1%, of: errors}}", None),
    (
        "{name: a, window: 1m, all: [{rate: {above: 1%}}, {rate: {above: 1%, of: errors}}]}",
        "2:3: a threshold can be about a share of traffic or of errors, not of both",
    ),
    (
        "{name: a, window: 1m, all: [{count: 5, rate: {above: 1%}}]}",
        "2:31: needs exactly one of count, distinct, rate, spike and flatline",
    ),
    ("{name: a, window: 1m, any: [{silent: {for: 5m}}]}", "2:31: `silent` stands alone: it has no window to share with others"),
    ("{name: a, window: 1m, spike: {times: 1}}", "2:40: must be more than 1"),
    ("{name: a, window: 1m, spike: {times: 3, windwo: 5m}}", "2:43: unknown key `windwo`; did you mean `window`?"),
    ("{name: a, window: 1m, count: 5, for: 2d}", "2:40: must be 1 day or less"),
    ("{name: a, window: 1m, count: 5, for: soon}", "2:40: must be a duration such as 90s, 1m or 1h30m, not `soon`"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "problem"), REFUSED)
def test_each_mistake_is_told_at_its_place(rule: str, problem: str | None) -> None:
    text = f"thresholds:\n- {rule}"
    if problem is None:
        load(text, "rules.yaml")
        return
    with pytest.raises(RuleFileError) as refused:
        load(text, "rules.yaml")
    assert refused.value.lines() == [f"rules.yaml:{problem}"]
