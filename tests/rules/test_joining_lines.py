"""Which lines of many sources are one trace: kept apart by source, bounded, and never made of what is none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.joining import GAP, MAX_CHARACTERS, MAX_LINES, Joined, Line, join, may_begin, may_continue, source_of
from rules.joining.marks import Mark, mark_of

FIXTURES = Path(__file__).parent.parent / "fixtures"
TRACES = [
    [line for line in path.read_text().split("\n") if line.strip()]
    for path in sorted(FIXTURES.glob("records/text/*.txt"))
    if "-asan" not in path.name
]
LINES = sorted({line for trace in TRACES for line in trace})
ORDINARY = [
    "listening on port 80", "order 17 is stored", "GET /orders/17 200 12ms", "at 12:30 the shop (main) opened",
    "at last", "... and 3 more", "#1 in the list", "1: one", "2: two", "created by admin", "from here to there",
    'File "report.txt" was not found', "Next order: 18", "Found 3 orders", "{", "}", "==", "shop.example.com",
    "2025-01-02 03:04:05 INFO shop started", "order 18 failed: card declined", "error: none", "/srv/shop/orders",
    "goroutine pool has 3 workers", "note: nothing", "Traceback is on", "java.util.List: 3 items", "[0x12] ok",
]  # fmt: skip
JAVA = ["a.FooException: no", "\tat a.B.c(B.java:1)", "\tat a.B.d(B.java:2)"]


def lines(texts: list[str], source: str = "s", at: float = 100.0, first: int = 0) -> list[Line]:
    return [Line(first + number, source, at, text) for number, text in enumerate(texts)]


def test_only_what_belongs_to_a_trace_is_joined() -> None:
    texts = ["started", *JAVA, "stopped", "next"]
    assert join(lines(texts), ended=True) == Joined([[1, 2, 3]], [])


def test_ordinary_lines_make_no_trace() -> None:
    assert join(lines(ORDINARY * 3), ended=True) == Joined([], [])


@given(st.lists(st.sampled_from(ORDINARY), max_size=30), st.booleans())
def test_ordinary_lines_make_no_trace_in_any_order(texts: list[str], told: bool) -> None:
    assert join([line._replace(told=told) for line in lines(texts)], ended=True).groups == []


def test_a_trace_that_may_go_on_is_open() -> None:
    texts = ["started", *JAVA]
    assert join(lines(texts)) == Joined([], [[1, 2, 3]])
    later = [*lines(texts), Line(9, "other", 100 + GAP + 0.1, "x")]
    assert join(later) == Joined([[1, 2, 3]], [])


def test_what_may_introduce_a_trace_is_open() -> None:
    assert join(lines(["order 17 failed"])) == Joined([], [[0]])
    assert join(lines(["order 17 is stored"])) == Joined([], [])
    assert join([Line(0, "s", 100, "order 17", told=True)]) == Joined([], [[0]])


def test_open_lines_given_again_make_the_whole() -> None:
    whole = lines(["started", *JAVA, "Caused by: a.Bar: x", "\tat a.B.e(B.java:3)", "\t... 1 more", "stopped"])
    for cut in range(1, len(whole)):
        first = join(whole[:cut])
        kept = {number for one in first.open for number in one}
        second = join([line for line in whole if line.number in kept or line.number >= cut], ended=True)
        assert first.groups + second.groups == [[1, 2, 3, 4, 5, 6]]


def test_a_gap_ends_a_trace() -> None:
    apart = [*lines(JAVA), Line(7, "s", 100 + GAP + 0.1, "\tat a.B.e(B.java:3)")]
    assert join(apart, ended=True).groups == [[0, 1, 2]]


def test_without_a_source_nothing_is_joined() -> None:
    assert join(lines(JAVA, source=""), ended=True) == Joined([], [])


def test_a_trace_is_bounded() -> None:
    many = join(lines([JAVA[0], *[JAVA[1]] * (3 * MAX_LINES)]), ended=True).groups
    assert [len(group) for group in many] == [MAX_LINES] * 3
    long = join(lines([JAVA[0], *[JAVA[1] + " ~[" + "a" * 16_000] * 100]), ended=True).groups
    assert len(long) > 1
    assert all(16_000 * (len(group) - 2) < MAX_CHARACTERS for group in long)


@st.composite
def interleaved(draw: st.DrawFn) -> list[Line]:
    """Traces, parts of them and ordinary lines of several sources, in any order that keeps each source's."""
    waiting = {}
    for source in "abc":
        texts: list[str] = []
        for _ in range(draw(st.integers(1, 3))):
            trace = draw(st.sampled_from(TRACES))
            texts += trace[draw(st.integers(0, 2)) : draw(st.integers(0, len(trace)))]
            texts += draw(st.lists(st.sampled_from(ORDINARY), max_size=2))
        waiting[source] = texts[:80]
    made: list[Line] = []
    while waiting:
        source = draw(st.sampled_from(sorted(waiting)))
        made.append(Line(len(made), source, 100.0, waiting[source].pop(0)) if waiting[source] else Line(-1, "", 0, ""))
        if not waiting[source]:
            del waiting[source]
    return [line for line in made if line.number >= 0]


@given(interleaved())
def test_sources_are_joined_as_if_each_were_alone(mixed: list[Line]) -> None:
    alone = [join([line for line in mixed if line.source == source], ended=True).groups for source in "abc"]
    assert join(mixed, ended=True).groups == sorted(group for groups in alone for group in groups)
    still = [join([line for line in mixed if line.source == source]).open for source in "abc"]
    assert join(mixed).open == sorted(group for groups in still for group in groups)


@given(st.lists(st.builds(Line, st.just(0), st.sampled_from(["", "a", "b"]), st.floats(0, 20),
                          st.sampled_from(LINES) | st.sampled_from(ORDINARY) | st.text(max_size=20), st.booleans())))  # fmt: skip
def test_any_lines_are_in_one_group_at_most(some: list[Line]) -> None:
    numbered = [line._replace(number=number) for number, line in enumerate(some)]
    found = join(numbered)
    taken = [number for group in found.groups + found.open for number in group]
    assert len(taken) == len(set(taken))
    for group in found.groups + found.open:
        assert group == sorted(group)
        assert len({numbered[number].source for number in group}) == 1
        assert len(group) <= MAX_LINES
    assert all(len(group) > 1 for group in found.groups)


def test_the_cheap_tests_miss_nothing() -> None:
    for line in [*LINES, *ORDINARY]:
        mark = mark_of(line)
        assert may_begin(line) or may_continue(line) or mark is Mark.OTHER, line
        assert may_continue(line) or mark < Mark.LINK, line


@pytest.mark.parametrize(
    ("draft", "source"),
    [
        ({"tags": {"namespace": "eu", "pod": "shop-1", "container": "web"}}, "pod/eu/shop-1/web/"),
        ({"tags": {"pod_name": "shop-1", "namespace_name": "eu", "container_name": "web"}}, "pod/eu/shop-1/web/"),
        ({"extra": {"resource": {"container.id": "abc"}}}, "container/abc/"),
        ({"hostname": "web-1", "extra": {"log_file": "/var/log/a.log"}}, "file/web-1//var/log/a.log"),
        ({"hostname": "web-1", "tags": {"unit": "a.service"}, "extra": {"pid": "7"}}, "process/web-1/a.service/7/"),
        ({"hostname": "web-1", "service": "shop", "extra": {"pid": 7}}, "process/web-1/shop/7/"),
        (
            {"hostname": "web-1", "instance_id": "abc", "tags": {"unit": "docker.service"}, "extra": {"pid": "1"}},
            "process/web-1/docker.service/1/abc",
        ),
        ({"instance_id": "abc", "service": "shop"}, "instance/shop/abc"),
        ({"hostname": "web-1", "service": "shop"}, "host/web-1/shop"),
        ({"service": "shop"}, ""),
        ({"tags": None, "extra": []}, ""),
    ],
)
def test_a_source_is_what_wrote_the_line(draft: dict[str, object], source: str) -> None:
    assert source_of(draft) == source
