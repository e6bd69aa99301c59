"""The rule file: what is taken, and how each mistake is told."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from models.severity import Severity
from rules.rulefile import Problem, RuleFileError, load, load_default
from rules.rulefile.durations import parse_duration, say_duration, write_duration
from rules.rulefile.reading import MAX_BYTES
from rules.rulefile.schema import schema_text

ROOT = Path(__file__).parents[2]


def problems(text: str) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        load(text, "rules.yaml")
    return [f"{found.line}:{found.column}: {found.message}" for found in caught.value.problems]


def test_the_built_in_rules_are_those_at_the_top_of_the_project() -> None:
    top = (ROOT / "rules.yaml").read_text()
    assert top == (ROOT / "rules" / "default_rules.yaml").read_text()
    assert load(top, "rules.yaml") == load_default()
    assert top.startswith("# yaml-language-server: $schema=docs/schema/rules.schema.json\n")


def test_the_built_in_rules_say_what_the_manual_says() -> None:
    rules = load_default()
    assert [(rule.name, rule.on) for rule in rules.alerts] == [
        ("new-error", ("new",)),
        ("back-again", ("regressed",)),
        ("storm", ("storm",)),
        ("getting-worse", ("raised",)),
    ]
    burst = rules.thresholds[0]
    assert (burst.count, burst.window, burst.group_by, burst.severity) == (5, 60, ("service",), Severity.CRITICAL)
    assert rules.threshold("critical-burst") is burst
    assert rules.threshold("other") is None
    assert rules.default_route == ("slack:#alerts",)


def test_the_published_schema_is_current_and_takes_the_built_in_rules() -> None:
    published = (ROOT / "docs" / "schema" / "rules.schema.json").read_text()
    assert published == schema_text(), "run: python -m rules.rulefile.schema > docs/schema/rules.schema.json"
    validator = Draft202012Validator(json.loads(published))
    validator.check_schema(validator.schema)
    data = YAML(typ="safe", pure=True).load((ROOT / "rules.yaml").read_text())
    assert list(validator.iter_errors(data)) == []
    assert list(validator.iter_errors({"alerts": [{"name": "x", "on": "sometimes"}]}))


MISTAKES = [
    ("alert: []", ["1:1: unknown key `alert`; did you mean `alerts`?"]),
    ("version: 2", ["1:10: `2` is none of 1"]),
    ("alerts:\n  - on: new", ["2:5: `name` is missing"]),
    (
        "alerts:\n  - {name: a, on: [new, neww]}",
        [
            "2:25: `neww` is none of new, new_type, new_in_release, regressed, storm, milestone, raised; did you mean `new`?"
        ],
    ),
    ("alerts:\n  - {name: a b, on: new}", ["2:12: `a b` is no name: letters, digits, `.`, `_` and `-`"]),
    (
        "alerts:\n  - name: a\n    on: new\n    match:\n      servce: x",
        ["5:7: unknown key `servce`; did you mean `service`?"],
    ),
    ("alerts:\n  - {name: a, on: new, match: {hostname: x}}", ["2:32: unknown key `hostname`"]),
    ("alerts:\n  - {name: a, on: new, match: {service: }}", ["2:32: must be text, not nothing"]),
    ("alerts:\n  - {name: a, on: new, match: {service: []}}", ["2:41: must not be empty"]),
    (
        "alerts:\n  - {name: a, on: new, match: {release: 1.20}}",
        ["2:41: must be text, not `1.2`; write it in quotes"],
    ),
    (
        "alerts:\n  - {name: a, on: new, match: {severity: fatal}}",
        ["2:42: `fatal` is no severity: debug, info, warning, error, critical, or such as >=error"],
    ),
    (
        "alerts:\n  - {name: a, on: new}\nthresholds:\n  - {name: a, count: 1, window: 1m}",
        ["4:12: the name `a` is taken by the rule in line 2"],
    ),
    ("thresholds:\n  - {name: a, count: many, window: 1m}", ["2:22: must be a whole number, not `many`"]),
    ("thresholds:\n  - {name: a, count: 0, window: 1m}", ["2:22: must be 1 or more"]),
    (
        "thresholds:\n  - {name: a, count: 5, window: 1 min}",
        ["2:33: must be a duration such as 90s, 1m or 1h30m, not `1 min`"],
    ),
    ("thresholds:\n  - {name: a, count: 5, window: 2d}", ["2:33: must be 1 day or less"]),
    ("thresholds: 5", ["1:13: must be a list, not `5`"]),
    ("thresholds:\n  - five", ["2:5: must be a mapping (`key: value`), not `five`"]),
    (
        "escalation:\n  ladder:\n    - {count: 5, hosts: 3, raise: 1}",
        ["3:7: a step needs exactly one condition: count, hosts, users, regions, paid_users or total"],
    ),
    (
        "escalation:\n  ladder:\n    - {count: 5}",
        ["3:7: a step needs either `severity` (raise to it) or `raise` (by so many levels)"],
    ),
    ("escalation:\n  ladder:\n    - {hosts: 5, window: 5m, raise: 1}", ["3:7: `window` goes with `count` only"]),
    ("storm:\nactivity_every: 5s", ["1:1: must be a mapping (`key: value`), not nothing"]),
    (
        "default_route: slak:#ops",
        ["1:16: `slak:#ops`: there is no channel of kind `slak`; did you mean `slack:#ops`?"],
    ),
    ("default_route: slack", ["1:16: `slack` names no target; write such as `slack:#alerts`"]),
    ("default_route: slack:#ops\ndefault_route: slack:#ops", ["2:1: `default_route` stands here twice"]),
    ("routes:\n  - to: slack:#a\n    continue: maybe", ["3:15: must be true or false, not `maybe`"]),
    ("- a", ["1:1: the file must be a mapping with keys such as `alerts:` and `routes:`"]),
    ("# all out", ["1:1: the file holds no rules; write `{}` if none shall hold"]),
    ("alerts: [", ["1:10: not YAML: expected the node content, but found '<stream end>'"]),
    ("alerts: \x00", ["1:1: not YAML: a character that may not stand there (#0000)"]),
    ("a: *b", ["1:4: not YAML: found undefined alias 'b'"]),
    ("{}\n---\n{}", ["2:1: not YAML: but found another document"]),
    ("{{}: 1}", ["1:2: a key must be a word"]),
    ("default_route: !!python/object:os.system x", ["1:16: `x` cannot be read as python/object:os.system"]),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_each_mistake_is_told_with_its_place(text: str, told: list[str]) -> None:
    assert problems(text) == told


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order() -> None:
    texts = [text for text, _ in MISTAKES[:1]] + ["storm: {count: 1}", "activity_every: 2h", "routes: [{to: []}]"]
    assert problems("\n".join(texts)) == [
        "1:1: unknown key `alert`; did you mean `alerts`?",
        "2:16: must be 2 or more",
        "3:17: must be 1 min or less",
        "4:15: must not be empty",
    ]


def test_the_text_of_the_error_is_a_line_each() -> None:
    with pytest.raises(RuleFileError, match=r"^my\.yaml:1:1: unknown key `a`; my\.yaml:2:1: unknown key `b`$"):
        load("a: 1\nb: 1", "my.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_BYTES + 1),
        "alerts: [" + "1," * 30_000 + "]",
        "[" * 10_000,
        "a: &a [*a]",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    ],
    ids=["large", "long", "deep", "endless", "bomb"],
)
def test_a_hostile_file_is_refused(text: str) -> None:
    assert any("not YAML" in told or "too much" in told or "larger than" in told for told in problems(text))


@given(st.text(max_size=200))
def test_no_text_does_anything_but_load_or_be_refused(text: str) -> None:
    found: list[Problem] = []
    try:
        load(text, "rules.yaml")
    except RuleFileError as exc:
        found = exc.problems
    assert all(problem.line >= 1 and problem.column >= 1 and problem.message for problem in found)


def test_aliases_may_be_used() -> None:
    rules = load("alerts:\n- {name: a, on: new, match: &m {service: x}}\n- {name: b, on: storm, match: *m}", "r")
    assert rules.alerts[0].match == rules.alerts[1].match


def test_one_value_stands_for_a_list_of_one() -> None:
    rules = load("alerts: [{name: a, on: new, match: {service: x}}]\ndefault_route: slack:#a", "r")
    assert rules == load("alerts: [{name: a, on: [new], match: {service: [x]}}]\ndefault_route: [slack:#a]", "r")


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("90s", 90, "1 min 30 s"),
        ("1m", 60, "1 min"),
        ("1h30m", 5_400, "1 h 30 min"),
        ("1d", 86_400, "1 day"),
        ("2d1h1m", 176_460, "2 days 1 h"),
        ("0s", 0, "0 s"),
    ],
)
def test_durations(text: str, seconds: int, said: str) -> None:
    assert parse_duration(text) == seconds
    assert say_duration(seconds) == said
    assert parse_duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "1m1h", "-1m", "1.5h", "1w", 5, None, "1m ago", "9999999999s"])
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)
