"""Messages without their parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping.parameters import parametrize

CASES = {
    "user joe@example.com has no order": "user <email> has no order",
    "GET https://api.example.com/v1/orders?id=7 failed": "GET <url> failed",
    "cannot resolve db7.internal": "cannot resolve <host>",
    "refused by 10.1.2.3:5432": "refused by <ip>:<int>",
    "refused by fe80::1ff:fe23:4567:890a today": "refused by <ip> today",
    "parent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": "parent <traceparent>",
    "job 550e8400-e29b-41d4-a716-446655440000 died": "job <uuid> died",
    "object da39a3ee5e6b4b0d3255bfef95601890afd80709 missing": "object <sha1> missing",
    "etag d41d8cd98f00b204e9800998ecf8427e differs": "etag <md5> differs",
    "due 2024-01-02T03:04:05.678Z passed": "due <date> passed",
    "due 2024-01-02 03:04:05 +0100 passed": "due <date> passed",
    "due Tue, 02 Jan 2024 03:04:05 GMT passed": "due <date> passed",
    "at 03:04:05.123 done": "at <date> done",
    "timeout after 30.5s": "timeout after <duration>",
    "took 1h30m or 12 ms": "took <duration> or <duration>",
    "address 0x7FFE12 is bad": "address <hex> is bad",
    "commit 3f2a1b9 broke it": "commit <hex> broke it",
    "loss -3.14 or 6.02e23": "loss <float> or <float>",
    "order 17 of -3": "order <int> of <int>",
    "with name='joe doe' and kind=\"x\"": "with name=<quoted> and kind=<quoted>",
    "with retry=True and force=false": "with retry=<bool> and force=<bool>",
    "utf8 sha256 x86_64 are words": "utf8 sha256 x86_64 are words",
    "the defaced and effaced facade": "the defaced and effaced facade",
    "no 'column' there": "no 'column' there",
    "Auth::Session expired": "Auth::Session expired",
    "  first\n\n second 2 \n third": "first\nsecond <int>",
    "": "",
}


@pytest.mark.parametrize(("message", "expected"), CASES.items())
def test_parameters_become_their_kind(message, expected):
    assert parametrize(message) == expected


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=10**12))
def test_numbers_make_no_difference(one, other):
    assert parametrize(f"order {one} refused") == parametrize(f"order {other} refused")


@given(st.text())
def test_any_text_is_taken(text):
    assert len(parametrize(text)) <= 10 * len(text) + 10


@pytest.mark.parametrize("piece", ["1", "a.", "a@", "1.", "1:", "0x", "a=", "='", "a:", "::", "Jan ", "1h"])
def test_hostile_text_is_scanned_in_linear_time(piece):
    parametrize(piece * 10_000)
