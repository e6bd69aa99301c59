"""What vendors ask us to wait."""

import time
from email.utils import formatdate

import pytest

from sinks.answers import retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("", None), ("nan", None), ("inf", None), ("1e999", None),
     ("Wed, 99 Foo 2099 00:00:00 GMT", None), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0)],
)  # fmt: skip
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-AFTER": value}) == seconds


def test_a_date_to_come() -> None:
    assert retry_after({"Retry-After": formatdate(time.time() + 3600, usegmt=True)}) == pytest.approx(3600, abs=60)


def test_nothing_asked() -> None:
    assert retry_after({"Content-Type": "text/plain"}) is None
