"""Conditions: what they hold for, what is refused and where, and that none fails or takes for ever."""

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st

from models.event import ErrorEvent
from rules.conditions import Condition, ConditionError
from rules.conditions.schema import FIELDS
from rules.conditions.scope import BUDGET, TURN

DRAFT = {
    "service": "shop",
    "error_type": "ValueError",
    "message": "boom at 5",
    "severity": "warning",
    "tags": {"x": "y"},
    "extra": {"n": 5, "flag": True, "off": False, "deep": {"a": [1, 2]}, "digits": "5"},
    "exception": [{"type": "E", "frames": [{"function": "f", "in_app": True}, {"function": "g"}]}],
    "request": {"url": "https://shop.test/b", "headers": {"User-Agent": "curl/8"}},
}

HOLDS = [
    'service == "shop" && error_type == "ValueError"',
    'environment == "production"',  # what an event is without saying so
    "true || extra.digits > 4",  # a failure beside what decides does not matter
    "extra.digits > 4 || true",
    "!(extra.digits > 4 && false)",
    # severity, by rank
    'severity >= "warning" && severity < "error"',
    '"error" > severity',
    'severity != "error" && severity in ["warning", "info"]',
    # absent is empty
    'user_id == "" && line_number == 0 && release == ""',
    'tags.q == "" && tags["q"] == "" && !(tags.q == "x")',
    "extra.missing.deeper == null && request.body == null",
    'exception[3].type == "" && exception[0].frames[9].function == ""',
    "!has(tags.q) && has(tags.x) && has(exception[0].type) && !has(exception[0].value)",
    "!exception[0].frames[1].in_app && !extra.missing",
    # maps, lists, unknown types
    '"x" in tags && !("y" in tags)',
    "extra.n > 4 && extra.n == 5.0 && extra.flag && !extra.off",
    "extra.deep.a[1] == 2 && 2 in extra.deep.a && size(extra.deep.a) == 2",
    "extra.n != true && extra.n != dyn('5') && int(extra.digits) == 5 && string(extra.n) == '5'",
    # headers have no letter case
    'request.headers["user-agent"].startsWith("curl") && request.headers["USER-AGENT"].endsWith("8")',
    '"user-agent" in request.headers && !has(request.headers.Accept)',
    # texts
    'message.contains("boom") && message.startsWith("boom") && size(message) == 9',
    'message.matches("at [0-9]+$") && !message.matches("^at")',
    'glob(message, "BOOM*") && message.glob("*at ?") && !message.glob("oom*")',
    'error_type.lowerAscii() == "valueerror"',
    '"a" + service == "ashop"',
    # loops
    'exception.exists(e, e.frames.exists(f, f.function == "g" && !f.in_app))',
    "!exception.all(e, e.frames.all(f, f.in_app)) && exception.exists_one(e, e.type == 'E')",
    'exception.map(e, e.type) == ["E"] && exception.filter(e, e.type == "F").size() == 0',
    # a name used twice in loops within each other, and after them
    'exception.exists(e, e.frames.map(f, f.function).exists(e, e == "g") && e.type == "E")',
    'exception.exists(service, service.type == "E") && service == "shop"',
    # arithmetic
    "-7 / 2 == -3 && -7 % 2 == -1 && 7 / 2 == 3 && 1.0 / 2.0 == 0.5",
    '(severity == "error" ? 1 : 2) == 2',
]


@pytest.mark.parametrize("text", HOLDS)
def test_what_holds(text):
    condition = Condition(text)
    assert condition.holds(DRAFT)
    assert condition.failures == 0
    assert not Condition(f"!({text})").holds(DRAFT)


@pytest.mark.parametrize(
    "text",
    [
        "extra.digits > 4",
        "extra.n",
        "1 / (extra.n - 5) == 0",
        "int(message) == 5",
        "extra.n > 4 && extra.digits > 4",
        "extra.digits > 4 || extra.digits > 5",
        "extra.flag < 'x'",
    ],
)
def test_what_cannot_be_answered_is_false_and_counted(text):
    condition = Condition(text)
    assert not condition.holds(DRAFT)
    assert not condition.holds(DRAFT)
    assert condition.failures == 2


MISTAKES = [
    ('servce == "a"', 1, 1, "unknown field or function `servce`; did you mean `service`?"),
    ("foo(service)", 1, 4, "unknown field or function `foo`"),
    ('exception[0].typ == "x"', 1, 13, "there is no field `typ` here; did you mean `type`?"),
    ('exception[0].frames[0].locals == "x"', 1, 31, "`==` does not go with (map(string, dyn), string)"),
    ("user_id == 5", 1, 9, "`==` does not go with (string, int)"),
    (
        "user_id == null",
        1,
        9,
        '`==` does not go with (string, null_type); a text that is absent is "", a number 0: compare with these, or ask has(…)',
    ),
    ('service == "a" &&\n  line_number == "5"', 2, 15, "`==` does not go with (int, string)"),
    ("message.contains(1)", 1, 17, "`contains` does not go with (string, int)"),
    ("service in [1]", 1, 9, "`in` does not go with (string, list(int))"),
    ("service", 1, 1, "a condition must be true or false, not string"),
    ("service ==", 1, 11, "mismatched input '<EOF>'"),
    ('message.matches("(")', 1, 17, "`(` is no pattern: missing ): ("),
    (
        'true &&\nmessage.glob("[")',
        2,
        14,
        "`[` is no pattern: `[` has a `[` without its `]`; write `\\[` for the character",
    ),
    ("message.matches(service)", 1, 17, "the pattern of `matches` must be written out"),
    ('severity > "eror"', 1, 12, "`eror` is no severity: debug, info, warning, error, critical"),
    ('severity in ["eror"]', 1, 14, "`eror` is no severity: debug, info, warning, error, critical"),
    (
        "severity > service",
        1,
        12,
        "`severity` is compared with a level: debug, info, warning, error, critical",
    ),
    ('duration("5s") > duration("4s")', 1, 9, "`duration` cannot be used here"),
    ('seawall.Frame{function: "x"}.function == "x"', 1, 1, "objects cannot be made here"),
    ("(" * 100 + "true" + ")" * 100, 1, 1, "the condition is nested too deeply"),
    ("true || " * 300 + "true", 1, 1, "the condition is longer than 2,000 characters"),
    ("1==1||" * 180 + "true", 1, 1, "the condition is too long: divide it into several rules"),
    ("\ud800", 1, 1, "the condition cannot be read"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), MISTAKES)
def test_each_mistake_is_told_with_its_place(text, line, column, message):
    with pytest.raises(ConditionError) as caught:
        Condition(text)
    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


def test_every_field_can_be_asked_for():
    for name in FIELDS:
        assert Condition(f"dyn({name}) == dyn({name})").fields == {name}
    assert set(ErrorEvent.model_fields) - set(FIELDS) == {
        "timestamp", "received_at", "origin", "culprit", "group_id", "remarks",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values", "needles"),
    [
        ('service == "a"', {"service": {"a"}}, {"service": {"a"}}),
        (
            'service in ["a", "b"] && message.contains("x.y") && tags.r == "eu"',
            {"service": {"a", "b"}, "tags.r": {"eu"}},
            {"message": {r"x\.y"}, "tags.r": {"eu"}},
        ),
        ('service == "a" || service == "b"', {"service": {"a", "b"}}, {"service": {"a", "b"}}),
        ('service == "a" || message == "b"', {}, {}),
        ('service in ["a", "b"] && service == "b"', {"service": {"b"}}, {"service": {"b"}}),
        ('!(service == "a") && !message.contains("x")', {}, {}),
        ('exception.exists(service, service.type == "E")', {}, {}),
        ('service == "a" ? true : false', {}, {}),
        ('message.matches("a|b") || glob(message, "*lo?ng est*x")', {}, {"message": {"(?:a|b)", r"(?i:ng\ est)"}}),
        ('message.matches("a") && message.glob("*")', {}, {"message": {"(?:a)"}}),
        ('message.glob("a{b,c}") || message.contains("x")', {}, {}),
        ('tags["a"].startsWith("x") && request.url.endsWith("y")', {}, {"tags.a": {"x"}, "request.url": {"y"}}),
        ('message.lowerAscii().contains("x") && extra.a == "b"', {}, {}),
    ],
)
def test_what_an_event_must_have(text, values, needles):
    assert Condition(text).needs == (values, needles)


HUGE = {
    "message": "a" * 8_192,
    "stack_trace": "a" * 65_536,
    "exception": [{"type": "E", "frames": [{"function": "f" * 200, "in_app": True}] * 100}] * 20,
    "extra": {"list": [list(range(200))] * 200},
}


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ('exception.exists(e, e.frames.exists(f, f.function == "h"))', True),
        ('exception.exists(e, e.frames.exists(f, stack_trace.matches("(a?){30}b")))', False),
        ('exception.exists(e, e.frames.exists(f, stack_trace.contains(f.function + "x")))', False),
        ("extra.list.exists(a, a.exists(b, b == -1))", False),
        ("exception.exists(e, e.frames.exists(f, exception.exists(g, g.frames.exists(h, h.function == 'x'))))", False),
        ("extra.list.map(a, a.map(b, b + 1)).size() == 200", False),
        ('stack_trace.matches("(a?){60}b")', True),
    ],
)
def test_the_largest_event_is_answered_or_given_up(text, ends):
    condition = Condition(text)
    assert not condition.holds(HUGE)
    assert condition.failures == (0 if ends else 1)
    assert BUDGET // TURN >= 20 * 100, "all frames of an event can be looked at"


TEXTS = st.sampled_from(["", "a", "ab", "5", "error"])


def _typed() -> dict[str, st.SearchStrategy[str]]:
    """Expressions by their type; of unknown type are those below `extra`."""
    leaves = {
        "text": ["service", "message", '"a"', '"ab"', '""', "tags.x", "fingerprint[0]"],
        "number": ["line_number", "5", "0", "-3", "size(message)"],
        "truth": ["true", "false", "'x' in tags"],
        "list": ["fingerprint", '["a", "b"]', "fingerprint.filter(f, f != 'a')"],
        "any": ["extra.n", "extra.t", "extra.l", "extra.f", "extra.l[0]", "extra"],
    }
    return {kind: st.sampled_from(texts) for kind, texts in leaves.items()}


LEAVES = _typed()
ORDERED = ["==", "!=", "<", "<=", ">", ">="]


def _pairs(operators: list[str], left: st.SearchStrategy[str], right: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    made = st.tuples(left, st.sampled_from(operators), right)
    return made.map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    text, number, items, unknown = (LEAVES[kind] for kind in ("text", "number", "list", "any"))
    number = number | _pairs(["+", "-", "*", "/", "%"], number, number | unknown)
    text = text | _pairs(["+"], text, text | unknown)
    calls = st.tuples(text | unknown, st.sampled_from(["contains", "startsWith", "endsWith"]), text)
    loops = st.tuples(items | unknown, st.sampled_from(["exists", "all", "exists_one"]), text | unknown)
    return st.one_of(
        _pairs(ORDERED, text, text | unknown),
        _pairs(ORDERED, number, number | unknown),
        _pairs(["==", "!="], unknown, unknown | items),
        _pairs(["in"], text | unknown, items | unknown),
        _pairs(["&&", "||"], inner, inner | unknown),
        inner.map(lambda made: f"!{made}"),
        calls.map(lambda parts: f"{parts[0]}.{parts[1]}({parts[2]})"),
        loops.map(lambda parts: f"{parts[0]}.{parts[1]}(v, v == {parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
    )


EXPRESSIONS = st.recursive(LEAVES["truth"], _grown, max_leaves=6)
DRAFTS = st.fixed_dictionaries(
    {
        "service": TEXTS.filter(bool),
        "message": TEXTS,
        "line_number": st.integers(0, 6),
        "tags": st.fixed_dictionaries({"x": TEXTS}),
        "fingerprint": st.lists(TEXTS, min_size=1, max_size=3),
        "extra": st.fixed_dictionaries(
            {
                "n": st.one_of(st.integers(-6, 6), st.sampled_from([0.5, 5.0])),
                "t": TEXTS,
                "f": st.booleans(),
                "l": st.lists(st.integers(0, 3), min_size=1, max_size=3),
            }
        ),
    }
)


@given(EXPRESSIONS, DRAFTS)
def test_a_condition_is_answered_as_the_library_answers_it(text, draft):
    condition = Condition(text)
    theirs = _REFERENCE.compile(text).eval(data=draft)
    expected = theirs.type() == cel.Type.BOOL and theirs.value() is True
    assert condition.holds(draft) == expected, (text, draft, theirs)
    assert bool(condition.failures) == (theirs.type() != cel.Type.BOOL)


_REFERENCE = cel.NewEnv(
    variables={
        **dict.fromkeys(["service", "message"], cel.Type.STRING),
        "line_number": cel.Type.INT,
        "tags": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        "fingerprint": cel.Type.List(cel.Type.STRING),
        "extra": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    }
)


@given(st.text(max_size=60))
def test_no_text_does_anything_but_compile_or_be_refused(text):
    problem = None
    try:
        Condition(text).holds(DRAFT)
    except ConditionError as exc:
        problem = exc
    assert problem is None or (problem.line >= 1 and problem.column >= 1 and problem.message)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("nxflt"), inner, max_size=3)),
)


@given(st.sampled_from(HOLDS), st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON))
def test_no_draft_makes_a_condition_fail(text, draft):
    assert Condition(text).holds(draft) in (True, False)
