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
    "'utf-8' codec can't decode byte 0xe4": "'utf-8' codec can't decode byte <hex>",
    # What looks like a number and says what the error is.
    "ORA-00942: table or view does not exist": "ORA-00942: table or view does not exist",
    "SQLSTATE[23505]: duplicate key": "SQLSTATE[23505]: duplicate key",
    "HTTP 404 from upstream": "HTTP 404 from upstream",
    "status code 503 after 3 tries": "status code 503 after <int> tries",
    "[Errno 13] Permission denied": "[Errno 13] Permission denied",
    "E11000 duplicate key": "E11000 duplicate key",
    # Identifiers that machines make up.
    "user_17 lost": "user_<int> lost",
    "session 8fJ3kd92Lm4Xq0ZpT7 expired": "session <id> expired",
    "pod shop-7d9f8b6c5-x2x9z gone": "pod <id> gone",
    "instance i-0abc1234def567890 gone": "instance <id> gone",
    "object Cart@1a2b3c4d": "object Cart@<hex>",
    "role arn:aws:iam::123456789012:role/shop": "role <arn>",
    "from 00:1a:2b:3c:4d:5e": "from <mac>",
    "version 1.2.3-rc1 of 3": "version <version> of <int>",
    "the 3rd of 5": "the <int> of <int>",
    # Sizes, and numbers as others write them.
    "size 5MB exceeds 10 KiB": "size <size> exceeds <size>",
    "1.234,56 EUR and 1,234.5 USD and 1 234 567": "<int> EUR and <int> USD and <int>",
    "\u0663\u0664 items": "<int> items",
    "am 2. M\u00e4rz 2024": "am <date>",
    "2024\u5e741\u67082\u65e5 failed": "<date> failed",
    "at datetime.datetime(2024, 1, 2, 3, 4)": "at <date>",
    # Data and paths.
    'got {"a": 1, "b": [1, 2]} from upstream': "got <data> from upstream",
    "args {'x': '}'} bad": "args <data> bad",
    'body [{"a": 1}, {"a"': "body <data>",
    "map[a:1 b:2] bad": "<data> bad",
    "no {id} in [name] or [17]": "no {id} in [name] or [<int>]",
    "GET /api/v1/users/17/orders/a7 failed": "GET /api/v1/users/<id>/orders/<id> failed",
    "cannot open /tmp/abc123/x.json": "cannot open /tmp/<any>.json",
    "no '/home/joe/x.txt'": "no '/home/<user>/x.txt'",
    "C:\\Users\\joe\\x.log missing": "C:\\Users\\<user>\\x.log missing",
    "/var/log/app-17.log full": "/var/log/app-<n>.log full",
    "key=None val=null": "key=<named> val=<named>",
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


@given(st.text() | st.text(alphabet="ab1 /{}[]'\"=:.,-_@\\", max_size=80))
def test_any_text_is_taken(text):
    made = parametrize(text)
    assert len(made) <= 10 * len(text) + 10
    assert made == parametrize.__wrapped__(text)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "a.",
        "a@",
        "1.",
        "1:",
        "0x",
        "a=",
        "='",
        "a:",
        "::",
        "Jan ",
        "1h",
        "{'",
        "[{",
        "/a1",
        "C:\\a",
        "a1B2",
        "1 000",
    ],
)
def test_hostile_text_is_scanned_in_linear_time(piece):
    parametrize(piece * 10_000)
