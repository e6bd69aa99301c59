"""Rules that give fingerprints: how they are read, which decides, and what they give."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping import Grouper
from rules.grouping.fingerprint_rules import parse_fingerprint_rules
from rules.grouping.lines import LineError
from rules.rulefile.grouping import GroupingRules

EVENT = {
    "service": "shop",
    "environment": "production",
    "error_type": "PayError",
    "message": "payment 17 refused",
    "logger": "shop.billing",
    "severity": "error",
    "release": "shop@1.2.3",
    "sdk": "sentry.python/2.1.0",
    "language": "python",
    "transaction": "POST /pay",
    "tags": {"tenant": "acme"},
    "exception": [
        {"type": "Cause", "value": "timed out", "module": "net"},
        {
            "type": "PayError", "value": "payment 17 refused", "module": "shop.errors",
            "frames": [
                {"function": "main", "module": "shop.app", "file": "/srv/shop/app.py", "in_app": True},
                {"function": "pay", "module": "shop.cart", "file": "/srv/shop/cart.py", "in_app": True},
                {"function": "send", "module": "requests", "file": "/lib/requests.py", "in_app": False},
            ],
        },
    ],
}  # fmt: skip


def group(*rules, event=EVENT, **changes):
    return Grouper(GroupingRules(fingerprints=list(rules))).group({**event, **changes}, mark=hash(str(changes)))


@pytest.mark.parametrize(
    ("matchers", "fits"),
    [
        ("error.type:PayError", True),
        ("type:Pay*", True),
        ("type:pay*", False),
        ("type:shop.errors.PayError", True),
        ("type:Cause value:timed*", True),
        ("type:Cause value:payment*", False),
        ("error.value:*REFUSED", True),
        ("message:payment*", True),
        ("message:*timed*", True),
        ("!message:payment*", False),
        ("logger:shop.*", True),
        ("level:error", True),
        ("level:warning", False),
        ("tags.tenant:acme", True),
        ("tags.tenant:a*", True),
        ("tags.user:*", False),
        ("!tags.user:*", True),
        ("stack.function:pay", True),
        ("stack.function:pay app:yes", True),
        ("stack.function:send app:yes", False),
        ("stack.function:pay stack.module:shop.app", False),
        ("stack.abs_path:**/cart.py", True),
        ("[ function:main ] | function:pay", True),
        ("[ function:send ] | function:pay", False),
        ("function:pay | [ function:send ]", True),
        ("family:python", True),
        ("family:other", True),
        ("family:javascript", False),
        ("release:shop@1.*", True),
        ("sdk:sentry.python", True),
        ("sdk:sentry.ruby,sentry.python", True),
        ("sdk:sentry.ruby", False),
        ("transaction:POST*", True),
        ("service:shop environment:prod*", True),
        ('message:"payment 17 refused"', True),
    ],
)
def test_which_rules_fit(matchers, fits):
    found = group(f"{matchers} -> mine")
    assert (found.variant == "custom") is fits
    assert (found.rule == f"{matchers} -> mine") is fits


@pytest.mark.parametrize(
    ("fingerprint", "parts"),
    [
        ("payments", ["payments"]),
        ("payments, refused", ["payments", "refused"]),
        ('"two words"', ["two words"]),
        ("{{ type }}", ["PayError"]),
        ("{{type}} {{ tags.tenant }}", ["PayError", "acme"]),
        ("{{ function }} {{ module }}", ["pay", "shop.cart"]),
        ("{{ message }}", ["payment <int> refused"]),
        ("{{ error.value }}", ["payment <int> refused"]),
        ("{{ transaction }} {{ level }} {{ logger }}", ["POST /pay", "error", "shop.billing"]),
        ("{{ release }} {{ environment }} {{ service }}", ["shop@1.2.3", "production", "shop"]),
        ("{{ stack.abs_path }}", ["/srv/shop/cart.py"]),
        ('"at {{ function }}"', ["at pay"]),
        ("{{ tags.user }} {{ package }}", ["<no-tags.user>", "<no-package>"]),
    ],
)
def test_what_a_rule_gives(fingerprint, parts):
    found = group(f"type:* -> {fingerprint}")
    assert found.components == tuple(f"custom:{part}" for part in parts)


def test_the_default_divides_the_usual_groups():
    usual = group()
    found = group("type:* -> {{ default }} {{ tags.tenant }}")
    assert found.components == (*usual.components, "custom:acme")
    other = group("type:* -> {{ default }} {{ tags.tenant }}", tags={"tenant": "zenith"})
    assert other.fingerprint != found.fingerprint
    assert found.owned == 2  # by the app's frames and by all frames


def test_the_first_rule_that_fits_decides_and_comes_before_the_events_own_fingerprint():
    found = group("type:Nothing -> a", "type:PayError -> b", "type:* -> c", fingerprint=["own"])
    assert found.components == ("custom:b",)
    assert group("type:Nothing -> a", fingerprint=["own"]).components == ("custom:own",)


def test_the_events_own_fingerprint_may_have_variables():
    assert group(fingerprint=["{{ transaction }}", "x {{ nothing }}"]).components == (
        "custom:POST /pay",
        "custom:x {{ nothing }}",
    )


def test_a_rule_may_give_the_title():
    assert group('type:* -> x title="{{ type }} in {{ service }}"').title == "PayError in shop"
    assert len(group(f'type:* -> x title="{"y" * 400}"').title) == 200
    assert group('type:* -> x title="{{ message }}"').title == "payment 17 refused"


def test_rules_of_a_service_come_first():
    rules = GroupingRules(
        fingerprints="type:* -> all", services=[{"service": ["shop", "cart"], "fingerprints": "type:PayError -> own"}]
    )
    grouper = Grouper(rules)
    assert grouper.group(EVENT).components == ("custom:own",)
    assert grouper.group({**EVENT, "service": "other"}).components == ("custom:all",)


def test_an_event_without_an_exception_has_a_type_and_a_message_all_the_same():
    event = {"error_type": "PayError", "message": "refused"}
    assert group("type:PayError value:ref* -> x", event=event).variant == "custom"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("typ:x -> a", "`typ` is no matcher"),
        ("type:x", "after the matchers comes `->`"),
        ("type:x ->", "1 to 20 parts"),
        ("type:x -> " + " ".join("a" * 21), "1 to 20 parts"),
        ("type:x -> {{ nothing }}", "is no variable"),
        ('type:x -> a title="{{ nothing }}"', "is no variable"),
        ('type:x -> "a {{ default }}"', "stands for a whole part"),
        ('type:x -> a name="b"', "only `title`"),
        ('type:x -> "a', "no part of a fingerprint"),
        ("tags.:x -> a", "is no matcher"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line, problem):
    with pytest.raises(LineError) as caught:
        parse_fingerprint_rules(["", line])
    assert caught.value.line == 2
    assert problem in caught.value.problem


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line):
    with contextlib.suppress(LineError):
        parse_fingerprint_rules([line])
