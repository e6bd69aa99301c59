"""Every kind of secret in every text of what real loggers and SDKs write, of every format: none is left."""

import time
from typing import NamedTuple

import pytest
from canaries import CANARIES

from models.occurrence import Occurrence
from models.severity import Severity
from rules.masking import Masker
from rules.normalizing import normalize
from rules.preparing import PrepareConfig, prepare
from tests.rules.canary_records import found_in, real_records

MASKER = Masker()


class Origin(NamedTuple):
    topic: str = "errors"
    partition: int = 0
    offset: int = 7


def test_none_is_left_in_what_becomes_of_real_records_of_every_format():
    config = PrepareConfig(
        masker=MASKER, minimum_severity=Severity.DEBUG, lateness=1e9, retention=1e10, hash_key=b"a key for the tests"
    )
    found, formats = [], set()
    for form, sent in real_records():
        for made in prepare(sent.value, dict(sent.headers), Origin(), time.time(), config):
            assert isinstance(made, Occurrence), (form, made)
            facts = (made.group, made.message, made.hostname, made.release, made.user_id, made.trace_id, made.pattern)
            found += [(form, *one) for one in found_in(f"{made.payload.decode()} {facts!r}")]
            formats.add(form)
    assert not found
    assert len(formats) > 45


def test_every_canary_would_be_found():
    for canary in CANARIES:
        assert canary.kind in {one.kind for one in found_in(f'{{"message": "it was {canary.secret}, it was"}}')}


@pytest.mark.parametrize("text", ["password: hunter2-x", "Authorization: am9lOjgxQ1RLODBrU1", "OTP: 234290 is valid"])
def test_what_was_parted_into_type_and_value_is_known_by_its_type(text):
    kind, _, value = text.partition(": ")
    draft = {"exception": [{"type": kind, "value": value}], "error_type": kind, "message": value}
    MASKER.mask(draft)
    assert draft["exception"][0]["type"] == draft["error_type"] == kind
    assert draft["exception"][0]["value"] == draft["message"] == MASKER.mask_text(text).partition(": ")[2] != value
    assert {remark["path"] for remark in draft["remarks"]} == {"exception.0.value", "message"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("BadCredentials", "no user of this name"), ("TokenExpired", "it expired"), ("OTP", "cannot be sent")],
)
def test_a_type_that_sounds_like_a_secret_hides_no_sentence(kind, value):
    draft = {"exception": [{"type": kind, "value": value}], "error_type": kind, "message": value}
    MASKER.mask(draft)
    assert (draft["message"], draft["remarks"]) == (value, [])


def test_a_token_in_a_type_that_is_a_sentence_is_not_parted_at_its_dot():
    token = "dp" + ".pt." + "k6unXd53qswlBV8asvjQWXk1hL5KS8lnKbY4jHDqNVd"
    record = b'{"service": "shop", "exception": {"type": "call with %s failed", "value": "no"}}' % token.encode()
    [draft] = normalize(record, {})
    MASKER.mask(draft)
    assert token.rpartition(".")[2] not in str(draft)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (r"note=\"your password is \"correct horse\" now\"", r"note=\"your password is \"[password]\" now\""),
        (r"your token is \"abcdefgh12345678\"!", r"your token is \"[token]\"!"),
        (r"[\"run\", \"--passcode\", \"z1s2U2cCe0oS\"]", r"[\"run\", \"--passcode\", \"[password]\"]"),
        (r'["run", "--passcode", "ab\cd1"]', '["run", "--passcode", "[password]"]'),
        (r'note="Set-Cookie: id=\"am9lOjY2WE\"; Path=/"', 'note="Set-Cookie: [cookie]"'),
        (r"Set-Cookie: a=\"am9lOjY2WE\"; b=\"am9lOjY2WF\"", "Set-Cookie: [cookie]"),
        (r"on file\nssn=078051121;x", r"on file\nssn=[ssn];x"),
        (r"on file\n\nnino: AB123456C\n", r"on file\n\nnino: [national_id]\n"),
        (r"login\npass=x1y2z3", r"login\npass=[password]"),
        (r"Cookie: a=b; c=d\nHost: shop", r"Cookie: [cookie]\nHost: shop"),
        ("Server=db;Password=my g5kaXAoT6Moh;Databas", "Server=db;Password=[password];Databas"),
        ("no route to smtp://app:z4ouIEN3jO5v", "no route to smtp://app:[password]"),
        ("no route to http://localhost:8080", "no route to http://localhost:8080"),
        ("no route to http://[fe80::ab12]:8080", "no route to http://[fe80::ab12]:8080"),
    ],
)
def test_secrets_are_found_within_strings_and_where_a_text_was_cut(text, masked):
    assert MASKER.mask_text(text) == masked
    assert MASKER.mask_text(masked) == masked


def test_an_address_below_a_traceback_is_not_parted_at_its_scheme():
    trace = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\nredis://:p@n4Ygxp4W8@cache:6379/0'
    assert not any(one.get("type") == "redis" for draft in normalize(trace, {}) for one in draft.get("exception", ()))


def test_a_key_tells_of_a_value_with_more_in_it_what_it_is():
    draft = {"extra": {"personnummer": "811228-9874 was refused"}}
    MASKER.mask(draft)
    assert draft["extra"] == {"personnummer": "[national_id] was refused"}
