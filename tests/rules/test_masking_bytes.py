"""Records as they came, masked for showing."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.masking import Masker

MASKER = Masker()

SHOWN = [
    (b'{"message": "x", "password": "hunter2"}', b'{"message":"x","password":"[password]"}'),
    (b'{"message":  "spaces stay where nothing is masked"}', b'{"message":  "spaces stay where nothing is masked"}'),
    (b'[{"user": {"email": "a@x.org"}}]', b'[{"user":{"email":"[email]"}}]'),
    (b'{"password": "hunter2", broken', b'{"password": "[password]", broken'),
    (b"password=hunter2 \xff\xfe", b"password=[password] \xff\xfe"),
    (b"mail a@x.org \xc3\xa9", b"mail [email] \xc3\xa9"),
    (b"", b""),
    (b"17", b"17"),
    (b'"a@x.org"', b'"[email]"'),
    (b"null", b"null"),
    (b"\x00\x01\x02", b"\x00\x01\x02"),
]


@pytest.mark.parametrize(("value", "shown"), SHOWN)
def test_a_record_is_shown_without_its_secrets(value, shown):
    assert MASKER.mask_bytes(value) == shown
    assert MASKER.mask_bytes(shown) == shown


def test_what_is_nested_too_deep_or_too_large_is_masked_as_text():
    deep = b'{"a":' * 500 + b'{"password":"hunter2"}' + b"}" * 500
    large = orjson.dumps({"filler": ["x" * 1_000] * 5_000, "password": "hunter2"})
    for value in (deep, large):
        assert b"hunter2" not in MASKER.mask_bytes(value)


def test_long_texts_are_not_cut():
    value = orjson.dumps({"message": "x" * 100_000 + " a@x.org", "password": "p"})
    assert len(MASKER.mask_bytes(value)) > 100_000


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_taken(value):
    masked = MASKER.mask_bytes(value)
    assert MASKER.mask_bytes(masked) == masked
