"""Filters: which decides, that samples are the same in every attempt, and what leaves rules out never changes an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reasons import DropReason
from models.severity import Severity
from rules.conditions import Condition
from rules.filtering import Decision, Filters
from rules.matching import compile_match
from rules.rulefile import RuleFileError, load


def filters(text: str) -> Filters:
    return Filters(load(text, "rules.yaml").filters)


def rule(name: str, **fields: str) -> str:
    inside = ", ".join([f"name: {name}", *(f"{key}: {value}" for key, value in fields.items())])
    return f"    - {{{inside}}}\n"


def decided(rules: str, draft: dict, place: str = "") -> Decision | None:
    return filters(f"filters:\n  rules:\n{rules}").decide(draft, place)


def name_of(rules: str, draft: dict) -> str | None:
    decision = decided(rules, draft)
    return decision and decision.rule


@pytest.mark.parametrize(
    ("match", "draft", "fits"),
    [
        ("{service: shop}", {"service": "SHOP"}, True),
        ("{service: shop}", {"service": "shop2"}, False),
        ("{service: unknown, environment: production, severity: error}", {}, True),
        ("{service: shop-*, type: [A, B*]}", {"service": "shop-1", "error_type": "Bx"}, True),
        ("{service: shop-*, type: [A, B*]}", {"service": "shop-1", "error_type": "C"}, False),
        ("{severity: '>=error'}", {"severity": "critical"}, True),
        ("{severity: '>=error'}", {"severity": "warning"}, False),
        ("{release: '1.*'}", {}, False),
        ("{release: '*'}", {}, False),
        ("{hostname: h, logger: a.b}", {"hostname": "h", "logger": "a.b"}, True),
        ("{message: '*loop*limit*'}", {"message": "ResizeObserver LOOP\nlimit exceeded"}, True),
        ("{message: '*loop*limit*'}", {"message": "ResizeObserver loop"}, False),
        ("{message: '*'}", {}, False),
        ("{message: ['[ab]c', 'x?z']}", {"message": "bc"}, True),
        ("{message: ['[ab]c', 'x?z']}", {"message": "xyz"}, True),
        ("{message: ['[ab]c', 'x?z']}", {"message": "xyyz"}, False),
        (
            "{transaction: 'GET /a*', url: 'https://*.test/*'}",
            {"transaction": "GET /ab", "request": {"url": "https://x.test/"}},
            True,
        ),
        ("{transaction: 'GET /a*', url: 'https://*.test/*'}", {"transaction": "GET /ab", "request": {}}, False),
    ],
)
def test_matches(match, draft, fits):
    assert name_of(rule("r", match=match, do="drop"), draft) == ("r" if fits else None)


def test_match_and_condition_must_both_hold():
    rules = rule("r", match="{service: shop}", when="'message.contains(\"x\")'", do="drop")
    assert name_of(rules, {"service": "shop", "message": "axb"}) == "r"
    assert name_of(rules, {"service": "shop", "message": "ab"}) is None
    assert name_of(rules, {"service": "cart", "message": "axb"}) is None


def test_the_first_that_drops_decides_and_builtin_ones_come_first():
    text = (
        "filters:\n  presets: [health-checks]\n  releases: '1.0.*'\n  messages: ['*boom*']\n  rules:\n"
        + rule("lower", match="{service: shop}", do="lower", to="warning")
        + rule("one", match="{service: shop}", do="drop")
        + rule("two", match="{service: '*'}", do="drop")
    )
    found = filters(text)
    names = [
        found.decide(draft).rule
        for draft in (
            {"service": "shop", "transaction": "/healthz", "release": "1.0.1", "message": "a boom"},
            {"service": "shop", "release": "1.0.1", "message": "a boom"},
            {"service": "shop", "message": "a Boom"},
            {"service": "shop"},
            {"service": "cart"},
        )
    ]
    assert names == ["health-checks", "releases", "messages", "one", "two"]
    assert found.decide({"service": "shop"}) == Decision("one", "drop", DropReason.FILTERED)


def test_a_preset_for_some_services():
    found = filters("filters: {presets: [{name: health-checks, service: [web-*, api]}]}")
    assert found.decide({"service": "web-1", "transaction": "/healthz"}) is not None
    assert found.decide({"service": "shop", "transaction": "/healthz"}) is None


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("critical", "info"), ("error", "info"), (None, "info"), ("info", None), ("debug", None)],
)
def test_the_lowest_level_holds_and_nothing_is_raised(severity, expected):
    rules = (
        rule("a", match="{service: shop}", do="lower", to="warning")
        + rule("b", match="{service: shop}", do="lower", to="info")
        + rule("c", match="{service: shop}", do="lower", to="error")
    )
    decision = decided(rules, {"service": "shop", **({"severity": severity} if severity else {})})
    assert decision == (Decision("b", "lower", severity=Severity(expected)) if expected else None)


def test_rules_see_the_severity_that_the_event_came_with():
    rules = rule("a", match="{severity: error}", do="lower", to="info") + rule(
        "b", when="'severity == \"error\"'", do="drop"
    )
    assert decided(rules, {"severity": "error"}).rule == "b"


SAMPLE = rule("s", match="{service: shop}", do="sample", rate="0.25")


def kept(draft: dict, place: str = "", rules: str = SAMPLE) -> bool:
    decision = decided(rules, {"service": "shop", **draft}, place)
    assert decision in (None, Decision("s", "sample", DropReason.SAMPLED))
    return decision is None


def test_a_sample_keeps_about_its_share():
    found = filters(f"filters:\n  rules:\n{SAMPLE}")
    count = sum(found.decide({"service": "shop", "event_id": str(number)}) is None for number in range(4_000))
    assert 900 < count < 1_100


@pytest.mark.parametrize("name", ["trace_id", "event_id"])
def test_a_sample_decides_alike_in_every_attempt_and_place(name):
    for number in range(50):
        assert len({kept({name: f"id{number}"}, place) for place in ("errors/0/1/0", "errors/3/9/0")}) == 1


def test_errors_of_a_trace_stay_together():
    for number in range(50):
        answers = {
            kept({"trace_id": f"t{number}", "event_id": f"e{event}", "message": str(event)}) for event in range(5)
        }
        assert len(answers) == 1


def test_without_ids_the_place_decides():
    answers = [kept({"message": "same"}, f"errors/0/{offset}/0") for offset in range(50)]
    assert len(set(answers)) == 2
    assert answers == [kept({"message": "same"}, f"errors/0/{offset}/0") for offset in range(50)]


def test_what_a_lower_rate_keeps_a_higher_one_keeps_too():
    more = rule("s", match="{service: shop}", do="sample", rate="0.5")
    for number in range(200):
        assert not kept({"event_id": str(number)}) or kept({"event_id": str(number)}, rules=more)


@pytest.mark.parametrize(("rate", "expected"), [("0", {False}), ("1", {True})])
def test_none_and_all(rate, expected):
    rules = rule("s", match="{service: shop}", do="sample", rate=rate)
    assert {kept({"event_id": str(number)}, rules=rules) for number in range(100)} == expected


def test_conditions_that_cannot_be_answered_are_counted_by_filter():
    found = filters(
        "filters:\n  rules:\n" + rule("r", when="'extra.n > 5'", do="drop") + rule("q", when="'extra.m > 5'", do="drop")
    )
    for _ in range(3):
        assert found.decide({"extra": {"n": "many", "m": 1}}) is None
    assert found.failures() == {"r": 3}


VALUES = st.sampled_from(["", "a", "b", "ab", "x a y", "A"])
CONDITIONS = st.sampled_from(
    [
        'service == "a"',
        'service in ["a", "b"] && message.contains("a")',
        'message.startsWith("a") || tags.t == "b"',
        'tags["t"] == "a" || tags.t == "b"',
        'tags.t == ""',
        '!(message.contains("a"))',
        'message == ""',
        'message.matches("^(a|x) ?a") || message.glob("A*")',
        'glob(message, "x*y") && service != "b"',
        'request.url.endsWith("b") || request.url == ""',
        'error_type == "a" || service == "b"',
        "true",
    ]
)
MATCHES = st.dictionaries(
    st.sampled_from(["service", "type", "message", "url", "transaction"]),
    st.lists(st.sampled_from(["a", "b*", "*a*", "?", "[ab]", "x*y"]), min_size=1, max_size=2),
    max_size=2,
)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "service": VALUES.filter(bool),
        "error_type": VALUES,
        "message": VALUES,
        "transaction": VALUES,
        "tags": st.fixed_dictionaries({}, optional={"t": VALUES}),
        "request": st.fixed_dictionaries({}, optional={"url": VALUES}),
    },
)


@given(st.lists(st.tuples(MATCHES, CONDITIONS), min_size=1, max_size=5), st.lists(DRAFTS, min_size=1, max_size=4))
def test_many_rules_together_decide_as_each_alone(rules, drafts):
    lines = [rule(f"r{number}", match=match, when=repr(when), do="drop") for number, (match, when) in enumerate(rules)]
    together = filters("filters:\n  rules:\n" + "".join(lines))
    for draft in drafts:
        fits = [compile_match(match, GETTERS)(draft) and Condition(when).holds(draft) for match, when in rules]
        decision = together.decide(draft)
        assert (decision and decision.rule) == (f"r{fits.index(True)}" if any(fits) else None)


GETTERS = {
    "service": lambda draft: draft.get("service") or "unknown",
    "type": lambda draft: draft.get("error_type") or None,
    "message": lambda draft: draft.get("message") or None,
    "transaction": lambda draft: draft.get("transaction") or None,
    "url": lambda draft: draft.get("request", {}).get("url") or None,
}


MISTAKES = [
    ("filters: {presets: [helth-checks]}", "1:21: `helth-checks` is none of "),
    ("filters: {presets: [localhost, localhost]}", "1:32: the name `localhost` is taken by the rule in line 1"),
    ("filters:\n  rules:\n    - {name: a, do: drop}", "3:7: a filter needs `match` or `when`: without them it would be for every event"),
    ("filters:\n  rules:\n    - {name: a, do: sample, match: {service: x}}", "3:7: `do: sample` needs `rate`"),
    ("filters:\n  rules:\n    - {name: a, do: drop, rate: 0.5, match: {service: x}}", "3:7: `rate` goes with `do: sample` only"),
    ("filters:\n  rules:\n    - {name: a, do: lower, match: {service: x}}", "3:7: `do: lower` needs `to`"),
    ("filters:\n  rules:\n    - {name: a, do: sample, rate: 2, match: {service: x}}", "3:35: must be 1 or less"),
    ("filters:\n  rules:\n    - {name: a, do: drop, when: 'servce == 1'}", "3:34: unknown field or function `servce`; did you mean `service`?"),
    ("filters:\n  rules:\n    - name: a\n      do: drop\n      when: service == 1", "5:21: `==` does not go with (string, int)"),
    (
        "filters:\n  rules:\n    - name: a\n      do: drop\n      when: |\n\n        service == 'a'\n          && user_id == 1",
        "8:22: `==` does not go with (string, int)",
    ),
    ("filters:\n  rules:\n    - name: a\n      do: drop\n      when: >\n        true &&\n        user_id == 1", "5:13: `==` does not go with (string, int)"),
    ("filters:\n  rules:\n    - {name: a, do: drop, when: 'enrichment.tier == 1'}", "3:34: `enrichment` is not known yet when filters decide"),
    ("filters:\n  rules:\n    - {name: a, do: drop, match: {title: x}}", "3:35: unknown key `title`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_each_mistake_is_told_with_its_place(text, told):
    with pytest.raises(RuleFileError) as caught:
        load(text, "rules.yaml")
    [problem] = caught.value.problems
    assert f"{problem.line}:{problem.column}: {problem.message}".startswith(told)
