"""Drafts masked as a whole: every field, every remark, twice the same."""

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.event import ErrorEvent
from rules.masking import Masker

MASKER = Masker()
CANARY = "canary-bird"  # a name with a dot would be an expression in source code
EMAIL = f"{CANARY}@example.com"
BY_KEY = ["password", "Authorization", "api_key", "cookie"]


def full_draft(text: str) -> dict:
    """Every field of an event that may hold text holds `text`, keys included."""
    tree = {"a": text, "deep": [{"b": [text, {text: 1}]}]}
    frame = {
        "function": text,
        "module": text,
        "file": text,
        "line": 7,
        "in_app": True,
        "context": {"before": ["x", text], "line": text, "after": [text]},
        "locals": copy.deepcopy(tree),
        "package": text,
        "abs_path": text,
        "address": text,
    }
    names = [name for name, field in ErrorEvent.model_fields.items() if field.annotation is not None]
    texts = {name: text for name in names if name not in OTHER}
    return {
        **texts,
        "timestamp": 1_700_000_000.0,
        "severity": "error",
        "exception": [
            {"type": text, "value": text, "module": text, "mechanism": text, "relation": text, "frames": [frame]}
        ],
        "line_number": 3,
        "request": {
            "url": text,
            "method": "GET",
            "query_string": text,
            "headers": {"X-Some": text, text: "1"},
            "body": copy.deepcopy(tree),
        },
        "tags": {"tag": text, text: "1"},
        "extra": copy.deepcopy(tree),
        "fingerprint": [text, "{{ default }}"],
        "remarks": [{"path": f"extra.{text}", "rule": "cut", "length": 9}],
    }


OTHER = {
    *("event_id", "timestamp", "severity", "exception", "line_number", "request", "tags", "extra", "fingerprint"),
    *("remarks", "format", "received_at", "origin", "culprit", "group_id", "enrichment"),
}


@pytest.mark.parametrize(
    "text", [EMAIL, f"mail {EMAIL}", f"a=1&password={CANARY}&b=2", f'"token": "{CANARY}1"', f"amqp://u:{CANARY}@h/x"]
)
def test_a_secret_is_found_in_every_field(text):
    draft = full_draft(text)
    MASKER.mask(draft)
    assert CANARY not in orjson.dumps(draft).decode()
    ErrorEvent.model_validate(draft)


@pytest.mark.parametrize("key", BY_KEY)
@pytest.mark.parametrize("secret", [CANARY, 1234567890123, [CANARY], {"x": CANARY}])
def test_whatever_lies_under_a_secret_key_is_replaced(key, secret):
    draft = {
        "exception": [{"frames": [{"locals": {key: secret}}]}],
        "request": {"headers": {key: str(secret)}, "body": {"user": [{key: secret}]}},
        "tags": {key: str(secret)},
        "extra": {"deep": {key: secret}, "pairs": [[key, CANARY]], "named": [{"name": key, "value": CANARY}]},
    }
    MASKER.mask(draft)
    text = orjson.dumps(draft).decode()
    assert CANARY not in text
    assert "1234567890123" not in text
    assert len(draft["remarks"]) == 7


def test_a_remark_says_where_what_and_how_much():
    draft = {
        "message": f"for {EMAIL}",
        "exception": [{"frames": [{"context": {"line": f"password = '{CANARY}'"}}]}],
        "request": {"headers": {"Authorization": "Bearer abc"}},
    }
    MASKER.mask(draft)
    remarks = sorted((remark["path"], remark["rule"], remark["length"]) for remark in draft["remarks"])
    assert remarks == [
        ("exception.0.frames.0.context", "password", len(CANARY)),
        ("message", "email", len(EMAIL)),
        ("request.headers.Authorization", "authorization", len("Bearer abc")),
    ]


def test_code_keeps_its_expressions_and_loses_its_literals():
    lines = [
        'password = request.form["password"]',
        'password: str = "hunter2"',
        "token=get_token(user)",
        "if not password: raise ValueError(name)",
        'connect(api_key="abc123")',
        'if token == "(" or token.kind == 0x12: token = "t0ken-abcdef"',
    ]
    draft = {"exception": [{"frames": [{"context": {"before": lines[:2], "line": lines[2], "after": lines[3:]}}]}]}
    MASKER.mask(draft)
    assert draft["exception"][0]["frames"][0]["context"] == {
        "before": [lines[0], 'password: str = "[password]"'],
        "line": lines[2],
        "after": [
            lines[3],
            'connect(api_key="[api_key]")',
            'if token == "(" or token.kind == 0x12: token = "[token]"',
        ],
    }


def test_a_private_key_is_found_over_source_lines():
    pem = ["KEY = '''", "-----BEGIN " + "PRIVATE KEY-----", "MIIE", CANARY, "-----END " + "PRIVATE KEY-----", "'''"]
    draft = {"exception": [{"frames": [{"context": {"before": pem[:3], "line": pem[3], "after": pem[4:]}}]}]}
    MASKER.mask(draft)
    context = draft["exception"][0]["frames"][0]["context"]
    assert context == {"before": ["KEY = '''", "[private_key]", ""], "line": "", "after": ["", "'''"]}


def test_source_lines_that_hold_line_ends_stay_apart():
    context = {"before": [f"a\n{EMAIL}", "b"], "line": EMAIL, "after": []}
    draft = {"exception": [{"frames": [{"context": context}]}]}
    MASKER.mask(draft)
    assert context == {"before": ["a\n[email]", "b"], "line": "[email]", "after": []}


def test_keys_that_become_alike_are_kept_apart():
    draft = {"extra": {"a@x.org": 1, "b@x.org": 2}}
    MASKER.mask(draft)
    assert draft["extra"] == {"[email]": 1, "[email] 2": 2}


def test_card_numbers_written_as_numbers_are_found():
    draft = {"extra": {"pan": 4111111111111111, "order": 4111111111111112, "list": [5555555555554444]}}
    MASKER.mask(draft)
    assert draft["extra"] == {"pan": "[card]", "order": 4111111111111112, "list": ["[card]"]}


def test_empty_and_boolean_values_say_nothing_and_stay():
    extra = {"password": "", "token": None, "auth": False, "cookies": [], "secret": {}}
    draft = {"extra": dict(extra)}
    MASKER.mask(draft)
    assert draft == {"extra": extra, "remarks": []}


def test_a_masked_text_stays_within_its_bound():
    draft = {"message": "pwd=a " * (bounds.MAX_MESSAGE // 6), "tags": {"t": "pwd=a " * 83}, "hostname": "pwd=a " * 33}
    MASKER.mask(draft)
    ErrorEvent.model_validate(draft)
    assert "=a" not in orjson.dumps(draft).decode()


PIECES = st.sampled_from(
    [
        "password", "token", "=", ": ", "'", '"', "\\", "[", "]", "[password]", "joe", "@", "x.org", "Bearer ", " ", "\n",
        "4111111111111111", "://", "a", "1", "&", "cookie", "--", "\0", "é", "%40", "eyJhbGciOi", ".", "\ud800", "<", ">",
        "</", "name=", "value=", "phone", "+49 30 901820", "session_id", "0123456789abcdef", "[email]", "x@x.org", "is ",
        "/home/", "C:\\Users\\", "[session_id:0123456789abcdef]", "***", "ghp_0123456789abcdef0123456789", "sig=", "?", ";",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | st.sampled_from(BY_KEY), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS | st.sampled_from(BY_KEY), TREES, max_size=4)


@given(TEXTS, OBJECTS, st.lists(TEXTS, max_size=4))
def test_masking_twice_changes_nothing_more(text, extra, lines):
    frame = {
        "function": text,
        "context": {"before": lines, "line": text, "after": lines},
        "locals": copy.deepcopy(extra),
    }
    draft = {
        "message": text,
        "exception": [{"value": text, "frames": [frame]}],
        "extra": extra,
        "tags": {"t": text},
        "request": {"url": text, "body": [extra, text]},
    }
    MASKER.mask(draft)
    once = copy.deepcopy(draft)
    MASKER.mask(draft)
    assert draft == once
