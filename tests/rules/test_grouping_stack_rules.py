"""Rules about frames: how they are read, and what they do to a stack."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping import Grouper
from rules.grouping.globs import glob_pattern
from rules.grouping.judging import Judge
from rules.grouping.lines import LineError
from rules.grouping.stack_defaults import DEFAULT_STACK_RULES
from rules.grouping.stack_rules import parse_stack_rules
from rules.rulefile.grouping import GroupingRules

FRAMES = [
    {"function": "main", "module": "shop.app", "file": "/srv/shop/app.py", "in_app": True},
    {"function": "call", "module": "web.lib", "file": "/srv/vendor/web/lib.py", "in_app": True},
    {"function": "pay", "module": "shop.cart", "file": "/srv/shop/cart.py", "in_app": True},
    {"function": "panic_now", "module": "shop.panic", "file": "/srv/shop/panic.py", "in_app": None},
    {"function": "raise_it", "module": "core", "file": "C:\\core\\x.py", "package": "Core", "in_app": False},
]


def judged(*rules, frames=FRAMES, **exception):
    judge = Judge(parse_stack_rules(rules))
    exception = {"type": "PayError", "value": "no", "mechanism": "logging", "frames": frames, **exception}
    verdict = judge.judge(exception, [judge.look(frame, "python") for frame in frames])
    app = "".join({True: "+", False: "-", None: "?"}[flag] for flag in verdict.in_app)
    return app, "".join("01"[counted] for counted in verdict.counts), verdict.max_frames, verdict.min_frames


UNTOUCHED = ("+++?-", "11111", 0, 0)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["stack.abs_path:**/vendor/** -app"], ("+-+?-", "11111", 0, 0)),
        (["path:**/VENDOR/** -app"], ("+-+?-", "11111", 0, 0)),
        (["stack.abs_path:srv/vendor/** -app"], ("+-+?-", "11111", 0, 0)),
        (["stack.abs_path:/srv/*/app.py -app"], ("-++?-", "11111", 0, 0)),
        (["stack.abs_path:/srv/*.py -app"], UNTOUCHED),
        (["stack.abs_path:c:/core/** +app"], ("+++?+", "11111", 0, 0)),
        (["stack.package:core +app"], ("+++?+", "11111", 0, 0)),
        (["stack.module:shop.* -group"], ("+++?-", "01001", 0, 0)),
        (["stack.module:shop.cart -group"], ("+++?-", "11011", 0, 0)),
        (["stack.module:{core,web.*} -group"], ("+++?-", "10110", 0, 0)),
        (["stack.function:panic_* ^-group"], ("+++?-", "11110", 0, 0)),
        (["stack.function:panic_* ^-group -group"], ("+++?-", "11100", 0, 0)),
        (["stack.function:pay v-app"], ("--+?-", "11111", 0, 0)),
        (["!stack.module:shop.* -group"], ("+++?-", "10110", 0, 0)),
        (["stack.module:shop.* !stack.function:pay -group"], ("+++?-", "01101", 0, 0)),
        (["[ stack.function:main ] | stack.function:call -group"], ("+++?-", "10111", 0, 0)),
        (["[ stack.function:pay ] | stack.function:call -group"], UNTOUCHED),
        (["stack.function:call | [ stack.function:pay ] -group"], ("+++?-", "10111", 0, 0)),
        (["[ function:main ] | function:call | [ !function:pay ] -group"], UNTOUCHED),
        (["app:no +app"], ("+++++", "11111", 0, 0)),
        (["stack.function:pay -app", "app:no -group"], ("++-?-", "11000", 0, 0)),
        (["app:no -group", "stack.function:pay -app"], ("++-?-", "11100", 0, 0)),
        (["stack.function:pay -group", "stack.function:pay +group"], UNTOUCHED),
        (["stack.function:pay category=pay", "[ category:pay ] | function:* -group"], ("+++?-", "11101", 0, 0)),
        (["stack.function:pay max-frames=3 min-frames=2"], ("+++?-", "11111", 3, 2)),
        (["error.type:Pay* stack.function:pay -group"], ("+++?-", "11011", 0, 0)),
        (["!error.type:Pay* stack.function:pay -group"], UNTOUCHED),
        (["error.value:no error.mechanism:logging function:pay -app"], ("++-?-", "11111", 0, 0)),
        (["family:other function:pay -app"], ("++-?-", "11111", 0, 0)),
        (["family:python,ruby function:pay -app"], ("++-?-", "11111", 0, 0)),
        (["family:javascript,native function:pay -app"], UNTOUCHED),
        (["!family:javascript function:pay -app"], ("++-?-", "11111", 0, 0)),
        (["family:all function:pay -app"], ("++-?-", "11111", 0, 0)),
        ([""], UNTOUCHED),
        (["# function:pay -app"], UNTOUCHED),
        (["function:pay -app # not ours"], ("++-?-", "11111", 0, 0)),
        (['function:"pay" -app'], ("++-?-", "11111", 0, 0)),
    ],
)
def test_what_rules_do(rules, expected):
    assert judged(*rules) == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("stack.functoin:x -app", "`stack.functoin` is no matcher of frames"),
        ("-app", "begins with matchers"),
        ("function:x", "what to do"),
        ("function:x -apps", "neither a matcher nor an action"),
        ("function:x depth=3", "`depth` cannot be set"),
        ("function:x max-frames=many", "must be a number"),
        ("function:x max-frames=99999", "must be a number"),
        ("app:maybe -group", "neither `app:yes` nor `app:no`"),
        ("[ function:x | function:y -app", "brackets hold one matcher"),
        ("[ function:x ] function:y -app", "after `[ … ]` comes `|`"),
        ("function:y | function:x -app", "after `|` comes `[ … ]`"),
        ("function:a[ -app", "without its `]`"),
        ("function:{a -app", "without its `}`"),
        ("function:[z-a] -app", "is no pattern"),
        ("function:" + "x" * 600 + " -app", "too long"),
        ("x" * 2_000, "too long"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line, problem):
    with pytest.raises(LineError) as caught:
        parse_stack_rules(["# first", "function:x -app", line])
    assert caught.value.line == 3
    assert problem in caught.value.problem


def test_the_built_in_rules_can_be_read_and_each_is_of_some_use():
    rules = parse_stack_rules(DEFAULT_STACK_RULES)
    assert len(rules) == len(DEFAULT_STACK_RULES) > 50
    assert all(any(matcher.key == "family" for matcher in rule.matchers.own) for rule in rules)


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line):
    with contextlib.suppress(LineError):
        parse_stack_rules([line])


@given(st.text(alphabet="abz*?[]{},\\/!^-", max_size=20))
def test_any_glob_is_read_or_refused(glob):
    import re2

    try:
        pattern = glob_pattern(glob)
    except ValueError:
        return
    re2.compile(pattern)


def group_of(frames, *, rules=None, **exception):
    draft = {"language": "python", "exception": [{"type": "E", "frames": frames, **exception}]}
    return Grouper(rules).group(draft)


def test_a_stack_is_grouped_by_what_rules_leave_of_it():
    plain = group_of(FRAMES)
    assert plain.components == ("type:E", "shop.app|main", "web.lib|call", "shop.cart|pay")
    without_vendor = group_of(FRAMES, rules=GroupingRules(stack_rules=["path:**/vendor/** -app"]))
    assert without_vendor.components == ("type:E", "shop.app|main", "shop.cart|pay")
    innermost = group_of(FRAMES, rules=GroupingRules(stack_rules=["function:pay max-frames=1"]))
    assert innermost.components == ("type:E", "shop.cart|pay")
    too_few = group_of(FRAMES, rules=GroupingRules(stack_rules=["function:pay min-frames=9"]), value="no price")
    assert too_few.components == ("type:E", "message:no price")


def test_rules_about_the_value_hold_for_each_value_of_a_stack_that_is_known():
    grouper = Grouper(GroupingRules(stack_rules=["error.value:timeout* function:pay -group"]))

    def components(value):
        return grouper.group({"exception": [{"type": "E", "value": value, "frames": FRAMES}]}, mark=1).components

    assert "shop.cart|pay" in components("refused")
    assert "shop.cart|pay" not in components("timeout after 3 s")
    assert "shop.cart|pay" in components("refused")


def test_the_culprit_is_the_innermost_frame_that_rules_leave_in_the_app():
    assert group_of(FRAMES).culprit == "shop.cart.pay"
    rules = GroupingRules(stack_rules=["function:pay -app"])
    assert group_of(FRAMES, rules=rules).culprit == "web.lib.call"


def test_services_may_have_rules_of_their_own():
    rules = GroupingRules(services=[{"service": "shop*", "stack_rules": "module:web.* -app\n"}])
    grouper = Grouper(rules)
    draft = {"exception": [{"type": "E", "frames": FRAMES}]}
    assert "web.lib|call" not in grouper.group({**draft, "service": "shop-a"}).components
    assert "web.lib|call" in grouper.group({**draft, "service": "billing"}).components


def test_what_raises_a_rust_panic_is_left_out_and_what_catches_it_hides_nothing():
    functions = [
        ("std::rt::lang_start", False), ("std::panicking::catch_unwind", False), ("shop::main", True),
        ("shop::shelf", True), ("core::panicking::panic_fmt", False), ("rust_begin_unwind", False),
    ]  # fmt: skip
    frames = [{"function": name, "file": "x.rs", "in_app": app} for name, app in functions]
    draft = {"language": "rust", "exception": [{"type": "panic", "value": "no shelf", "frames": frames}]}
    text = " ".join(Grouper().group(draft).components)
    assert "shop::main" in text
    assert "shop::shelf" in text
    assert "panic_fmt" not in text
