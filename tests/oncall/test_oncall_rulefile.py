"""Users, schedules and policies in the rule file: what is refused, at its line and column."""

import pytest

from rules.rulefile import RuleFileError, load

GOOD = """\
users:
  ann: {contact: ["slack:U1", "sms:+4930123456"], zone: Europe/Berlin, quiet: {times: [{from: "22:00", to: "07:00"}]}}
  bob: {contact: "email:bob@shop.example", through: [">=error"]}
schedules:
  shop: {layers: [{users: [ann, [ann, bob]], starts: 2026-01-05, every: week}]}
times:
  nights: [{times: [{from: "22:00", to: "07:00"}]}]
policies:
  shop:
    steps:
      - {notify: [schedule:shop, "slack:#shop"], wait: 5m}
      - {notify: user:bob, if: {severity: critical, times: nights}}
    repeat: 2
    unanswered: "slack:#managers"
    remind_after: 1h
    unacknowledge_after: 4h
routes:
  - {to: "slack:#shop", policy: shop}
"""

WRONG = [
    ("policy: shop}", "policy: shops}", "shops}", "there is no `shops` in `policies`; did you mean `shop`?"),
    ("[ann, [ann, bob]]", "[ann, [ann, bop]]", "bop]]", "there is no `bop` in `users`; did you mean `bob`?"),
    ("user:bob", "user:cem", "user:cem", "there is no `cem` in `users`"),
    ("[schedule:shop,", "[schedule:shep,", "schedule:shep", "there is no `shep` in `schedules`; did you mean `shop`?"),
    ("times: nights}", "times: night}", "night}", "there is no `night` in `times`; did you mean `nights`?"),
    ("repeat: 2", "repeat: 6", "6", "must be 5 or less"),
    ("every: week", "every: 90m", "90m", "must be whole hours, up to a year, not `90m`"),
    ("every: week", "every: month", "month", "must be day, week, or such as 12h or 3d, not `month`"),
    ("starts: 2026-01-05", "starts: 1926-01-05", "1926", "must lie in the years 1990 to 2199"),
    ("remind_after: 1h", "remind_after: 4h", "steps:", "`remind_after` must be shorter than `unacknowledge_after`"),
    ("remind_after: 1h", "remind_after: 4s", "4s", "must be 1 min or more"),
    ('"slack:#shop"],', '"slag:#shop"],', '"slag', "`slag:#shop`: there is no channel of kind `slag`; did you mean `slack:#shop`?"),
    ("zone: Europe/Berlin", "zone: Berlin", "Berlin,", "`Berlin` is no time zone such as Europe/Berlin or UTC"),
]  # fmt: skip


def test_a_good_file_loads() -> None:
    rules = load(GOOD, "rules.yaml")
    assert rules.schedules["shop"].layers[0].users == (("ann",), ("ann", "bob"))
    assert rules.policies["shop"].steps[1].condition.times == ("nights",)


@pytest.mark.parametrize(("good", "wrong", "token", "message"), WRONG)
def test_what_is_wrong_is_said_with_its_place(good: str, wrong: str, token: str, message: str) -> None:
    assert good in GOOD
    with pytest.raises(RuleFileError) as refused:
        load(GOOD.replace(good, wrong), "rules.yaml")
    before = GOOD.replace(good, wrong)
    before = before[: before.index(token, 0 if token == "steps:" else GOOD.index(good))]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert [((one.line, one.column), one.message) for one in refused.value.problems] == [(place, message)]


def test_an_end_before_its_start_is_refused() -> None:
    override = "overrides: [{users: ann, from: 2026-02-02T10:00, to: 2026-02-02T10:00}], layers: ["
    with pytest.raises(RuleFileError, match="an override must end after 2026-02-02T10:00"):
        load(GOOD.replace("layers: [", override), "rules.yaml")
    with pytest.raises(RuleFileError, match="a layer must end after 2026-01-05T00:00"):
        load(GOOD.replace("every: week", "ends: 2026-01-01"), "rules.yaml")


@pytest.mark.parametrize(
    "malformed",
    ["users: 1", "schedules: [1]", "schedules: {s: {layers: {users: 1}}}", "policies: {p: {steps: [1, {notify: [[1]]}]}}",
     "policies: {p: {steps: [{notify: {a: b}, if: [x]}]}}", "routes: {policy: x}", "routes: [{policy: [x]}]"],
)  # fmt: skip
def test_what_is_malformed_is_a_problem_with_a_place(malformed: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        load(malformed, "rules.yaml")
    assert refused.value.problems
