"""Any text behind any head: read, refused or passed over, and never long in doing so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.event import ErrorEvent
from rules.normalizing import MAX_RECORD_BYTES, NotAnError, Unreadable, normalize
from rules.normalizing.registry import TEXT_FORMATS
from tests.fixtures.make import records

TEXTS = [path.read_text(errors="replace") for path in records() if path.suffix == ".txt"]
HEADS = [
    '<11>1 2025-01-02T03:04:05Z web-1 orders 17 ID [a@1 b="c"] ',
    "<11>Jan  2 03:04:05 web-1 orders[17]: ",
    "17 <11>1 - - - - - - x",
    "E0102 03:04:05.000000 17 a.go:3] ",
    'level=error msg="',
    "2025-01-02T03:04:05.000Z ERROR 17 --- [a] [main] c.a.Shop : ",
    "2025-01-02 03:04:05,000 - shop - ERROR - ",
    "2025-01-02 03:04:05.000 UTC [17] ERROR:  ",
    "2025-01-02 03:04:05.000 UTC,",
    "2025-01-02T03:04:05.000000Z ERROR a{b=c}: ",
    "2025-01-02T03:04:05Z\tERROR\ta.go:3\t",
    "2025-01-02T03:04:05Z ERR ",
    "2025/01/02 03:04:05 [error] 17#17: *3 , client: ",
    "[Thu Jan 02 03:04:05 2025] [core:error] [pid 17:tid 3] ",
    "[2025-01-02 03:04:05] a.ERROR: ",
    "E, [2025-01-02T03:04:05 #17] ERROR -- : ",
    "2025-01-02 03:04:05.000000 E [17:main] A -- ",
    "fail: A[0]\n      ",
    "2025-01-02 03:04:05.0000|ERROR|A|",
    "ERRO[0000] ",
    "Jan 02, 2025 3:04:05 AM a.B c\nSEVERE: ",
]  # fmt: skip
FRAGMENTS = [
    "a", " ", "\n", "\t", '"', "\\", "'", "=", "a=", ' a="', " a=<\n", "\n >", "{", "}", "}: a::b: ", "[", "]", "(", ")", "<", "|", ":",
    "::a", ".a", "#1 ", "\n#1 /a(3): b()", "[object] (A(code: 0): ", " at /a:3)", " at ", ' {"', " [] ", ", client: ", " -- ",
    " -- Exception: ", "DETAIL:  ", "2025-01-02 03:04:05.000 UTC [17] HINT:  ", ",", "│", "    └", "\n> File ", "\n\n  File ",
    "a.rb:3:in 'b'", " (A::B)", "\n\t/a.go:3", "AH00001: ", "=> ", "[a@1 ", "<11>1 - - - - - - ", "\x1b[", "\x1b[31m", "caused by: ",
]  # fmt: skip
LARGE = 100_000


def check(text: str, hint: str | None = None) -> None:
    try:
        drafts = normalize(text.encode("utf-8", "replace"), {}, hint)
    except (Unreadable, NotAnError):
        return
    assert drafts
    for draft in drafts:
        ErrorEvent.model_validate(draft)


@settings(max_examples=300)
@given(st.sampled_from(HEADS), st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=20))
def test_any_text_behind_a_head_is_read_or_refused(head: str, parts: list[str]) -> None:
    check(head + "".join(parts))


@settings(max_examples=200)
@given(st.sampled_from(TEXTS), st.data())
def test_a_real_text_with_a_part_changed_is_read_or_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    check(text[:start] + data.draw(st.sampled_from(["", *FRAGMENTS, *HEADS])) + text[end:])
    check(text[:end])


@settings(max_examples=10)
@given(st.sampled_from(TEXTS), st.text(max_size=30))
@pytest.mark.parametrize("name", [one.name for one in TEXT_FORMATS])
def test_a_hint_makes_no_text_raise(name: str, real: str, other: str) -> None:
    check(real, name)
    check(other, name)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_no_text_takes_long(fragment: str) -> None:
    """What were quadratic would take minutes: a long text behind every head, and one of the largest size."""
    body = fragment * (LARGE // len(fragment))
    for head in ["", *HEADS]:
        check(head + body)
        check(head + body + "x")
    check(HEADS[4] + fragment * ((MAX_RECORD_BYTES - 1_000) // len(fragment.encode())))
