"""Real traces in other clothes read alike; traces that something has damaged, and texts that were made to hurt, never fail."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.event import ErrorEvent
from rules.normalizing import normalize
from rules.stacktraces import MAX_TEXT_READ, ParsedTrace, find
from rules.stacktraces.parsed import MAX_CHAIN, MAX_STACK

FIXTURES = Path(__file__).parent.parent / "fixtures"
FILES = sorted([*FIXTURES.glob("records/text/*.txt"), *FIXTURES.glob("stacktraces/*.txt")])
TEXTS = {path.name: path.read_text() for path in FILES}
TRACES = {name: text for name, text in TEXTS.items() if find(text) is not None}
LINES = sorted({line for text in TEXTS.values() for line in text.split("\n")})
FRAGMENTS = [
    "at ", "a.b.C: ", "Caused by: ", "(", 'File "', '", line 3, in ', "Traceback (most recent call last):\n", "#0 0x1 in ",
    "goroutine 1 [running]:\n", "--->", "[cause]: ", "[errors]: [\n", "panicked at ", "Error: ", "\n", "  ", ":1:1", "@a.js",
    ":1:in `", "** (", "{", "}", "Stack trace:\n", "Next ", "runtime error: ", "ERROR: AddressSanitizer: ", "Assertion `",
    "': ", "exception error: ", "with exit value:\n", "│ ", "─ Traceback (most recent call last) ─\n", "A", "::", "\\n", "#012",
    "created by a.b\n", "\t/a.go:1\n", "panic: ", "  + Exception Group Traceback (most recent call last):\n", "    | ", "+-+---",
    "Suppressed: ", "... 9 more\n", "[CIRCULAR REFERENCE:", "stack backtrace:\n", "  1: a::b\n", "{main}", " on line 3",
    "[object] (A(code: 0): ", " 0# f", "$", "é", "\x1b[3", "\ud800", "\0", "\r", " | ", "] ", '"""\n', "(SyntaxError)",
]  # fmt: skip

Change = Callable[[str], str]


def shape(trace: ParsedTrace | None) -> object:
    """What a trace says, but for what stands around it."""
    return trace and (trace.language, trace.exceptions)


CHANGES: list[Change] = [
    lambda text: f"2025-01-02 03:04:05 INFO shop started\n{text}",
    lambda text: text.rstrip("\n") + "\n2025-01-02 03:04:06 INFO shop goes on\n",
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: text.replace("\n", "#012").replace("\t", "#011"),
    lambda text: "".join(f"web-1  | {line}\n" for line in text.rstrip("\n").split("\n")),
    lambda text: "".join(f"\x1b[31m{line}\x1b[0m\n" for line in text.split("\n")),
]


@pytest.mark.parametrize(
    "change",
    CHANGES,
    ids=["below a line", "above a line", "crlf", "cr", "json", "syslog", "compose", "coloured"],
)
def test_a_trace_reads_alike_in_other_clothes(change: Change) -> None:
    assert len(TRACES) > 100
    for name, text in TRACES.items():
        assert shape(find(change(text))) == shape(find(text)), name


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A real trace with lines deleted, doubled, cut, moved, and put in from another."""
    lines = draw(st.sampled_from(sorted(TRACES.values()))).split("\n")
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        match draw(st.sampled_from(["delete", "double", "cut", "move", "insert", "join"])):
            case "delete":
                del lines[at : at + draw(st.integers(1, 5))]
            case "double":
                lines[at:at] = lines[at : at + 3] * draw(st.integers(1, 20))
            case "cut" if lines:
                lines[at] = lines[at][: draw(st.integers(0, 60))]
            case "move" if lines:
                lines.insert(draw(st.integers(0, len(lines))), lines.pop(at))
            case "insert":
                lines.insert(at, draw(st.sampled_from(LINES + FRAGMENTS)))
            case "join" if len(lines) > at + 1:
                lines[at : at + 2] = [lines[at] + lines[at + 1]]
    return "\n".join(lines)


def check(text: str) -> None:
    trace = find(text)
    if trace is not None:
        assert 1 <= len(trace.exceptions) <= MAX_CHAIN
        for one in trace.exceptions:
            assert len(one["frames"]) <= MAX_STACK + 50  # a line that says how often it is repeated
            assert len(one.get("value") or "") <= len(text)
        numbers = [one["id"] for one in trace.exceptions if "id" in one]
        assert numbers in ([], list(range(len(trace.exceptions) - 1, -1, -1)))
        assert {one["parent"] for one in trace.exceptions if "parent" in one} <= set(numbers)


@settings(max_examples=400)
@given(damaged())
def test_a_damaged_trace_is_read_or_is_none(text: str) -> None:
    check(text)


@settings(max_examples=60)
@given(damaged())
def test_an_event_is_made_of_a_damaged_trace(text: str) -> None:
    for draft in normalize(f"failed\n{text}".encode("utf-8", "replace"), {}):
        ErrorEvent.model_validate(draft)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.sampled_from(LINES) | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_is_read_or_is_no_trace(text: str) -> None:
    check(text)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=repr)
def test_a_long_text_of_one_mark_is_read_to_its_bounds(fragment: str) -> None:
    check(fragment * (MAX_TEXT_READ // len(fragment)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.sampled_from(LINES).map("{}\n".format), min_size=1, max_size=5))
def test_a_long_text_of_a_few_marks_is_read_to_its_bounds(fragments: list[str]) -> None:
    text = "".join(fragments)
    check(text * (MAX_TEXT_READ // max(len(text), 1)))
