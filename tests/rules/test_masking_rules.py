"""The section `masking` of the rule file: what it changes, and how mistakes in it are told."""

import copy

import orjson
import pytest
from canaries import CANARIES
from hypothesis import given
from hypothesis import strategies as st
from test_masking_drafts import OBJECTS, TEXTS

from models.event import ErrorEvent
from rules.masking import Masker
from rules.masking.builtin import all_rules, documents, headers
from rules.masking.keys import _BY_ENDING, _BY_PART, _BY_WORD
from rules.masking.named import PERSONAL
from rules.masking.profile import NAMES
from rules.masking.texts import gates
from rules.rulefile import RuleFileError, load

EMAIL = "joe.doe@example.com"
CARD = "4111111111111111"


def masker(text: str, key: bytes = b"k" * 32) -> Masker:
    return Masker(load("masking:\n" + "\n".join(f"  {line}" for line in text.splitlines()), "rules.yaml").masking, key)


def masked(rules: str, draft: dict) -> dict:
    draft = copy.deepcopy(draft)
    found = masker(rules)
    found.mask(draft)
    again = copy.deepcopy(draft)
    found.mask(again)
    assert again == draft
    return draft


def remarks(draft: dict) -> list[tuple]:
    return [(remark["path"], remark["rule"], remark["length"]) for remark in draft["remarks"]]


def test_the_names_of_the_rule_file_are_those_of_the_rules():
    by_form = {rule.name for rule in (*documents.RULES, *headers.RULES, *all_rules())}
    by_key = {*_BY_PART.values(), *_BY_ENDING.values(), *_BY_WORD.values(), "session", "session_id", "key"}
    assert set(NAMES) == by_form | by_key | {rule for rule, _ in PERSONAL.values()}
    assert len(NAMES) == len(set(NAMES))
    assert len(gates()) >= 70


def test_a_rule_of_ones_own():
    rules = "rules: [{name: customer, pattern: 'KD-\\d{4,8}'}]"
    draft = masked(rules, {"message": "no KD-12345 and KD-6", "extra": {"KD-9999": ["for KD-77777."]}})
    assert draft["message"] == "no [customer] and KD-6"
    assert draft["extra"] == {"[customer]": ["for [customer]."]}
    assert remarks(draft) == [
        ("message", "customer", 8),
        ("extra.[customer].0", "customer", 8),
        ("extra", "customer", 7),
    ]


def test_only_the_part_named_secret_is_masked():
    rules = "rules: [{name: badge, pattern: 'badge (?P<secret>\\w+) at'}]"
    assert masked(rules, {"message": "badge X17 at door 3"})["message"] == "badge [badge] at door 3"


@pytest.mark.parametrize("pattern", ["^ab+$", "^ab", "b$"])
def test_anchors_are_the_ends_of_a_text(pattern):
    rules = f"rules: [{{name: whole, pattern: '{pattern}'}}]"
    draft = masked(rules, {"message": "x\nabb\nx", "extra": {"one": "abb", "two": "xabbx", "three": "é"}})
    assert draft["message"] == "x\nabb\nx"
    assert "abb" not in draft["extra"]["one"]
    assert draft["extra"]["two"] == "xabbx"


METHODS = [
    ("method: replace", "by [customer] now", "[password]"),
    ("method: mask", "by ******** now", None),
    ("{method: mask, keep: 3}", "by *****345 now", None),
    ("{method: mask, keep: 20}", "by ****2345 now", None),
    ("method: remove", "by  now", None),
]


@pytest.mark.parametrize(("method", "text", "_"), METHODS)
def test_methods_of_a_rule(method, text, _):
    method = method.strip("{}")
    draft = masked(f"rules: [{{name: customer, pattern: 'KD-\\d+', {method}}}]", {"message": "by KD-12345 now"})
    assert draft["message"] == text
    assert remarks(draft) == [("message", "customer", 8)]


def test_a_hash_is_keyed_and_the_same_for_the_same_value():
    rules = "builtin: {email: {method: hash}, password: {method: hash}}"
    draft = {"message": f"{EMAIL} {EMAIL} other@example.com", "extra": {"user": EMAIL, "password": EMAIL}}
    one, other = copy.deepcopy(draft), copy.deepcopy(draft)
    masker(rules).mask(one)
    masker(rules, b"another key").mask(other)
    first, second, third = one["message"].split()
    assert first == second == one["extra"]["user"] != third
    assert first.startswith("[email:")
    assert one["extra"]["password"] == first.replace("email", "password")
    assert first not in other["message"]
    assert masker(rules, b"k" * 100).mask_text(EMAIL) != first


def test_session_ids_are_told_apart_by_their_hashes():
    draft = {
        "session_id": "s" * 20 + "1",
        "extra": {"session_id": "0123456789abcdef", "n": {"sid": "0123456789abcdeF"}},
    }
    draft = masked("{}", draft)
    one, other = draft["extra"]["session_id"], draft["extra"]["n"]["sid"]
    assert one.startswith("[session_id:")
    assert other.startswith("[session_id:")
    assert one != other
    assert draft["session_id"] == "s" * 20 + "1"  # a field of its own: it is there to be looked for


def test_methods_for_what_a_key_tells():
    draft = {
        "extra": {"password": "hunter2", "token": ["a", 1], "pin": 12345, "secret": 17, "list": [["password", "x"], 2]},
        "request": {"headers": {"Authorization": "Bearer abc", "x": "y"}},
        "tags": {"password": "hunter2"},
    }
    gone = masked(
        "builtin: {password: {method: remove}, authorization: {method: remove}, token: {method: remove}}", draft
    )
    assert gone["extra"] == {"pin": 12345, "secret": "[secret]", "list": [["password", None], 2]}
    assert gone["request"]["headers"] == {"x": "y"}
    assert gone["tags"] == {}
    stars = masked("builtin: {password: {method: mask, keep: 2}, secret: {method: mask}}", draft)
    assert stars["extra"]["password"] == stars["tags"]["password"] == "*****r2"
    assert stars["extra"]["secret"] == "**"
    assert stars["extra"]["token"] == "[token]"


def test_what_is_removed_does_not_bring_about_a_secret():
    found = masker("rules: [{name: gap, pattern: '#+', method: remove}]")
    assert found.mask_text("pass##word=hunter2 and p#a#ss=x") == "password=[password] and pass=[password]"


def test_built_in_rules_are_switched():
    text = f"{EMAIL} from 10.1.2.3, 2001:db8::7, 127.0.0.1 or ::1 at 12:34:56, v1.2.3 std::vector /home/jane/x"
    assert masker("{}").mask_text(text) == text.replace(EMAIL, "[email]").replace("jane", "[user]")
    on = masker("builtin: {ip: true, email: false, user: {enabled: false}}").mask_text(text)
    assert on == text.replace("10.1.2.3", "[ip]").replace("2001:db8::7", "[ip]")


def test_a_built_in_rule_holds_in_some_values_only():
    draft = {
        "message": EMAIL,
        "extra": {"contact": {"mail": EMAIL}, "other": EMAIL},
        "tags": {"password": "x1", "pin": "2"},
    }
    rules = "builtin:\n  email: {where: '!extra.contact.**'}\n  password: {where: extra.**}"
    draft = masked(rules, draft)
    assert draft["message"] == draft["extra"]["other"] == "[email]"
    assert draft["extra"]["contact"] == {"mail": EMAIL}
    assert draft["tags"]["password"] == "x1"


def test_safe_fields_keep_what_is_in_them():
    draft = {
        "message": "password=hunter2 order_token=abc123",
        "extra": {"order_token": "abc123", "mail": EMAIL, "deep": {"safe": {"token": "t", "mail": EMAIL}}},
    }
    draft = masked("safe_fields: [order_token, extra.deep.safe, mail]", draft)
    assert draft["message"] == "password=[password] order_token=abc123"
    assert draft["extra"] == {"order_token": "abc123", "mail": EMAIL, "deep": {"safe": {"token": "t", "mail": EMAIL}}}


def test_a_rule_of_ones_own_counts_in_safe_fields_too():
    rules = "safe_fields: mail\nrules: [{name: joes, pattern: joe}]"
    assert masked(rules, {"extra": {"mail": EMAIL}})["extra"]["mail"] == "[joes].doe@example.com"


def test_a_rule_may_hold_by_path_alone():
    draft = {
        "message": "hello",
        "user_id": "u-17",
        "request": {
            "method": "GET",
            "body": {"a": [1, "x"]},
            "url": "https://h/",
            "headers": {"host": "h", "via": "v"},
        },
        "extra": {"a": {"b": 1}, "c": True, "keep": 1},
        "tags": {"t": "v"},
        "exception": [
            {
                "type": "E",
                "value": "v",
                "handled": True,
                "frames": [{"function": "f", "line": 3, "locals": {"x": 1, "y": "z"}}],
            }
        ],
    }
    rules = """\
rules:
  - {name: body, where: request.body}
  - {name: who, where: user_id, method: hash}
  - {name: gone, where: request.headers.via || extra.c, method: remove}
  - {name: inner, where: extra.a.**}
  - {name: vars, where: $frame.vars.**}
  - {name: lines, where: $frame.line}
  - {name: tagged, where: tags, method: remove}"""
    found = masked(rules, draft)
    assert found["request"] == {"method": "GET", "body": "[body]", "url": "https://h/", "headers": {"host": "h"}}
    assert found["user_id"].startswith("[who:")
    assert found["extra"] == {"a": {"b": "[inner]"}, "keep": 1}
    frame = found["exception"][0]["frames"][0]
    assert frame == {"function": "f", "line": None, "locals": {"x": "[vars]", "y": "[vars]"}}
    assert found["tags"] == {}
    assert found["message"] == "hello"
    ErrorEvent.model_validate(found)


def test_everything_may_be_selected_and_an_event_is_left():
    draft = {
        "event_id": "e1", "timestamp": 1.0, "severity": "error", "message": "m", "request": {"method": "GET", "url": "u"},
        "exception": [{"type": "E", "frames": [{"function": "f", "context": {"line": "x", "before": ["y"]}}]}],
        "extra": {"a": [1]}, "tags": {"t": "v"}, "fingerprint": ["f"], "line_number": 3,
    }  # fmt: skip
    found = masked("rules: [{name: all, where: '**'}]", draft)
    assert found["event_id"] == "e1"
    ErrorEvent.model_validate(found)
    found = masked("rules: [{name: strings, where: $string}]", draft)
    assert found["exception"][0]["frames"][0]["context"] == {"line": "[strings]", "before": ["[strings]"]}
    ErrorEvent.model_validate(found)


def test_services_have_choices_of_their_own():
    rules = """\
rules: [{name: customer, pattern: KD-\\d+}]
builtin: {email: false}
services:
  - service: checkout-*
    builtin: {email: true, ip: true}
    rules: [{name: basket, pattern: B-\\d+}]
  - service: [checkout-new, shop]
    rules: [{name: customer, pattern: XX}]"""
    found = masker(rules)
    text = f"KD-1 B-2 XX {EMAIL} 10.1.2.3"
    made = {}
    for service in ("checkout-new", "shop", "SHOP", "other", None):
        for _ in range(2):
            draft = {"message": text, **({"service": service} if service else {})}
            found.mask(draft)
            made[service] = draft["message"]
    assert made["checkout-new"] == "[customer] [basket] XX [email] [ip]"
    assert made["shop"] == made["SHOP"] == f"KD-1 B-2 [customer] {EMAIL} 10.1.2.3"
    assert made["other"] == made[None] == f"[customer] B-2 XX {EMAIL} 10.1.2.3"
    assert found.mask_text(text) == made["other"]


MISTAKES = [
    ("rules:\n  - {name: a b, pattern: x}", "3:14: `a b` is no name: letters, digits, `.`, `_` and `-`"),
    ("rules:\n  - {name: email, pattern: x}", "3:14: `email` is built in; change it under `builtin`"),
    ("rules:\n  - {name: mine}", "3:7: a rule needs a `pattern`, a `where`, or both"),
    ("rules:\n  - {name: mine, pattern: 'a('}", "3:29: `a(` is no pattern that RE2 takes: missing ): a("),
    (
        "rules:\n  - {name: mine, pattern: '(?=a)b'}",
        "3:29: `(?=a)b` is no pattern that RE2 takes: invalid perl operator: (?=",
    ),
    ("rules:\n  - {name: mine, pattern: 'a*'}", "3:29: `a*` fits an empty text, and so everywhere"),
    (
        "rules:\n  - {name: mine, pattern: '\\Aab'}",
        "3:29: `\\Aab`: write `^` and `$` for the ends of a text, not `\\A`",
    ),
    (
        "rules:\n  - {name: mine, pattern: x, where: extra.}",
        "3:39: `extra.`: a name, a type or `*` is missing where it ends",
    ),
    ("rules:\n  - {name: mine, pattern: x, keep: 4}", "3:7: `keep` goes with `method: mask` only"),
    ("rules:\n  - {name: mine, pattern: x, method: shred}", "3:40: `shred` is none of replace, mask, hash, remove"),
    (
        "rules:\n  - {name: mine, pattern: x}\n  - {name: mine, pattern: y}",
        "2:3: there are two rules with the name `mine`",
    ),
    ("builtin: {emial: false}", "2:20: `emial` is none of"),
    ("builtin: {email: no}", "2:20: must be a mapping"),
    ("builtin: {email: {where: $strings}}", "2:28: `$strings`: there is no type `$strings`"),
    ("safe_fields: [a..b]", "2:17: `a..b`: a name"),
    ("services: [{builtin: {email: false}}]", "2:14: `service` is missing"),
    ("servces: []", "2:3: unknown key `servces`; did you mean `services`?"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_column(text, told):
    with pytest.raises(RuleFileError) as caught:
        masker(text)
    assert caught.value.lines()[0].removeprefix("rules.yaml:").startswith(told)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "([a-z]+)*x", "(.*a){20}"])
def test_no_pattern_takes_long_on_any_text(pattern):
    found = masker(f"rules: [{{name: slow, pattern: '{pattern}'}}]") if pattern != "([a-z]+)*x" else masker("{}")
    assert found.mask_text("a" * 8_000 + "!", limit=9_000)


def test_a_pattern_that_would_need_too_much_is_refused():
    with pytest.raises(RuleFileError, match="is no pattern that RE2 takes: pattern too large"):
        masker("rules: [{name: huge, pattern: '[\\p{L}\\p{N}]{1000}'}]")


RULES = """\
rules:
  - {name: joes, pattern: joe, method: hash}
  - {name: ones, pattern: '1+', where: extra.**, method: mask, keep: 1}
  - {name: gone, where: extra.*.token, method: remove}
  - {name: tagged, where: tags.**}
builtin:
  email: {method: remove}
  password: {method: mask, keep: 2}
  token: {where: '!request.**', method: hash}
  card: {method: mask, keep: 4}
  ip: true
safe_fields: [name, extra.safe]"""
CHOSEN = masker(RULES)


@given(TEXTS, OBJECTS, st.lists(TEXTS, max_size=3))
def test_masking_twice_changes_nothing_more_whatever_is_chosen(text, extra, lines):
    draft = {
        "message": text,
        "exception": [
            {"type": text, "value": text, "frames": [{"function": text, "context": {"before": lines, "line": text}}]}
        ],
        "extra": extra,
        "tags": {"t": text, "password": text},
        "request": {"url": text, "body": [copy.deepcopy(extra), text]},
    }
    CHOSEN.mask(draft)
    once = copy.deepcopy(draft)
    CHOSEN.mask(draft)
    assert draft == once


@pytest.mark.parametrize("method", ["mask", "hash", "remove"])
def test_no_secret_is_left_by_any_method(method):
    rules = "\n".join(f"  {name}: {{method: {method}}}" for name in NAMES if name != "ip")
    found = masker(f"builtin:\n{rules}")
    for canary in CANARIES:
        draft = {"message": canary.text, "extra": {"deep": [canary.text]}}
        found.mask(draft)
        assert canary.secret not in draft["message"], canary
        assert orjson.dumps(canary.secret)[1:-1] not in orjson.dumps(draft["extra"]), canary
