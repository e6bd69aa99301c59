"""What is masked before it leaves the process, and what stays readable."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall_client.masking.events import Masker
from seawall_client.masking.keys import Keys
from seawall_client.masking.texts import Texts

KEYS = Keys()
TEXTS = Texts(KEYS, {})
# No real ones; put together here so that no scanner takes them for such.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
STRIPE = "sk" + "_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE KEY-----"

SECRET = [
    ("Password", "password"),
    ("db_password", "password"),
    ("dbPassword", "password"),
    ("USER-PWD", "password"),
    ("config.db.password", "password"),
    ("X-Api-Key", "api_key"),
    ("Authorization", "authorization"),
    ("Proxy-Authorization", "authorization"),
    ("Cookie", "cookie"),
    ("Set-Cookie", "cookie"),
    ("sessionid", "session"),
    ("PHPSESSID", "session"),
    ("access_token", "token"),
    ("refreshToken", "token"),
    ("client_secret", "secret"),
    ("SECRET_KEY", "secret"),
    ("aws_secret_access_key", "key"),
    ("X-CSRFToken", "csrf"),
    ("cvv", "card"),
    ("cardNumber", "card"),
    ("ssn", "national_id"),
    ("sig", "token"),
    ("X-Amz-Signature", "token"),
    ("X-Forwarded-For", "ip"),
]


@pytest.mark.parametrize(("key", "rule"), SECRET)
def test_names_of_secrets(key, rule):
    assert KEYS.rule(key) == rule


@pytest.mark.parametrize(
    "key",
    [
        *("token_type", "password_length", "max_tokens", "total_tokens", "has_password", "passwordPolicy", "author"),
        *(
            "authenticated",
            "key",
            "monkey",
            "keyboard",
            "signal",
            "signature_version",
            "primary_key",
            "cookie_policy",
            "secretary",
            "pin_code_hint",
        ),
        *("session_count", "description", "compass", "passenger", "bypass", "expires_at", "use_token", "host", "span"),
    ],
)
def test_names_that_only_sound_like_it(key):
    assert KEYS.rule(key) is None


MASKED = [
    (f"key {AWS}.", "key [api_key]."),
    (f"remote: {GITHUB}", "remote: [api_key]"),
    (f"charge with {STRIPE} failed", "charge with [api_key] failed"),
    (f"got {JWT}", "got [jwt]"),
    (f"loaded {PEM} at once", "loaded [private_key] at once"),
    ("postgresql://shop:s3cret@db/shop", "postgresql://shop:[password]@db/shop"),
    ("redis://:s3cr3t@cache:6379", "redis://:[password]@cache:6379"),
    ("Authorization: Bearer abc123def456", "Authorization: Bearer [token]"),
    ("mail to bob.smith+x@mail.example.com bounced", "mail to [email] bounced"),
    ("bob%40example.com", "[email]"),
    ("card 4111 1111 1111 1111 refused", "card [card] refused"),
    ("card 4111111111111111", "card [card]"),
    ("amex 3782-822463-10005", "amex [card]"),
    ("password=hunter2&user=bob", "password=[password]&user=bob"),
    ("the password=hunter2", "the password=[password]"),
    ('{"password": "hun ter2", "user": "bob"}', '{"password": "[password]", "user": "bob"}'),
    ("{'api_key': 'abc', 'n': 1}", "{'api_key': '[api_key]', 'n': 1}"),
    ("pwd: hunter2, host: db", "pwd: [password], host: db"),
    ("run --password hunter2 --verbose", "run --password [password] --verbose"),
    ("run --token=abc", "run --token=[token]"),
    ("Server=db;User Id=sa;Password=hunter2;", "Server=db;User Id=sa;Password=[password];"),
    (r'body "{\"token\": \"abc\"}"', r'body "{\"token\": \"[token]"}"'),
    ("GET /reset?token=abc123&x=1", "GET /reset?token=[token]&x=1"),
    ("GET https://h/reset?token=abc123&x=1", "GET https://h/reset?token=[token]&x=1"),
    ("url=https://h/a#access_token=abc", "url=https://h/a#access_token=[token]"),
    ("error: otpauth://totp/x?secret=ABC", "error: otpauth://totp/x?secret=[secret]"),
    ("a=b:password=hunter2", "a=b:password=[password]"),
    ('{"password": "hun\\"ter2", "n": 1}', '{"password": "[password]", "n": 1}'),
    ('{"password": "hunter2', '{"password": [password]'),
    ('{"passwords": ["one", "two"], "n": [1]}', '{"passwords": [password], "n": [1]}'),
    ("auth=('bob', 'hunter2')", "auth=[authorization]"),
    ("Authorization: Basic aHVudGVyMg==", "Authorization: Basic [authorization]"),
    ('Authorization: Digest username="u", response="abc"', "Authorization: Digest [authorization]"),
    ("ALTER USER bob PASSWORD 'hunter2'", "ALTER USER bob PASSWORD '[password]'"),
    ("pw=hunter2", "pw=[password]"),
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_secrets_in_texts(text, masked):
    assert TEXTS.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 17 refused by 10.1.2.3",
        "0d3c1e9a-5b0e-4f57-9f0e-6f0b9c8f7a11",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "4111 1111 1111 1112",  # a wrong check digit
        "1234567890123456",
        "2026-01-31T12:00:00.123Z",
        "Bearer authentication failed",
        "basic usage: see the manual",
        "git@github.com:seawall/seawall.git",
        "logo@2x.png",
        "token expired",
        "token=None",
        "password: null",
        "max_tokens=4096",
        "http://host:8080/path",
        "sk-learn is a library, task-force and disk-usage as well",
        "password=[password]",
        "credentials: [Errno 13] Permission denied",
        "Token::parse failed",
        "see https://host/cookie-policy",
    ],
)
def test_what_is_no_secret_stays(text):
    assert TEXTS.mask(text) == text


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('password = "hunter2"', 'password = "[password]"'),
        ("    password = form.password", None),
        ("connect(password=secret)", None),
        ("connect(password='hunter2')", "connect(password='[password]')"),
        ('headers = {"X-Api-Key": "abc"}', 'headers = {"X-Api-Key": "[api_key]"}'),
        (f"key = '{STRIPE}'", "key = '[api_key]'"),
        ("if token == other.token:", None),
    ],
)
def test_lines_of_source_keep_their_expressions(line, masked):
    assert TEXTS.mask_code(line) == (line if masked is None else masked)


def test_names_and_patterns_of_ones_own():
    masker = Masker(["tenant"], {"iban": r"DE\d{20}"}, "")
    event = {"message": "to DE89370400440532013000 for tenant=acme", "extra": {"Ten-Ant": "acme", "n": 1}}
    masker.mask(event)
    assert event == {"message": "to [iban] for tenant=[key]", "extra": {"Ten-Ant": "[key]", "n": 1}}


def test_everywhere_in_an_event():
    event = {
        "message": "login of bob@example.com",
        "message_template": "password=x1",
        "transaction": "GET /u/bob@example.com",
        "user_id": "17",
        "tags": {"api_key": "abc", "mail": "bob@example.com"},
        "extra": {"bob@example.com": {"deep": [{"token": "abc"}, "password=abc"]}, "flag": True, "n": None},
        "request": {
            "url": "https://a:b@h/x",
            "query_string": "token=1&a=b",
            "headers": {"Cookie": "a=b", "Accept": "*"},
        },
        "exception": [
            {"value": "bob@example.com", "frames": [{"locals": {"pwd": "abc"}, "context": {"line": 'pwd = "abc"'}}]}
        ],
        "fingerprint": ["bob@example.com"],
    }
    Masker((), {}, "").mask(event)
    text = json.dumps(event)
    assert "bob@" not in text
    assert "abc" not in text
    assert event["request"]["headers"] == {"Cookie": "[cookie]", "Accept": "*"}
    assert event["request"]["query_string"] == "token=[token]&a=b"
    assert event["extra"]["flag"] is True


def test_users_named_by_their_address_are_told_apart():
    def masked(user_id, key="k"):
        event = {"user_id": user_id}
        Masker((), {}, key).mask(event)
        return event["user_id"]

    assert masked("1834") == "1834"
    assert masked("bob@example.com") == masked("Bob@Example.com ")
    assert masked("bob@example.com") != masked("eve@example.com")
    assert masked("bob@example.com") != masked("bob@example.com", "other key")
    assert "bob" not in masked("bob@example.com")


PIECES = st.sampled_from(
    [text for text, _ in MASKED] + [text for _, text in MASKED] + [" ", "\n", '"', "'", "\\", "=", "--"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_masking_never_fails_and_ends(pieces):
    text = "".join(pieces)
    for secret in (AWS, GITHUB, STRIPE):
        assert secret not in TEXTS.mask(" ".join([text, secret, text]))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "@",
        "a@",
        "a.",
        "://a:",
        "-",
        "eyJ",
        "1",
        "1 ",
        "password",
        "password=",
        "password='",
        "a=",
        'a="\\',
        "https://a?",
        "\"'",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_time_grows_with_the_text_only(unit):
    """A pattern that walked a text again and again would take minutes here."""
    TEXTS.mask(unit * (400_000 // len(unit)))
