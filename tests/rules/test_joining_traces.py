"""Traces of real programs, a record a line, are put together into what the whole text says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.event import ErrorEvent
from rules.joining import Line, join, line_of, put_together, source_of
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.stacktraces import find

FIXTURES = Path(__file__).parent.parent / "fixtures"
TEXTS = {path.stem: path.read_text() for path in sorted(FIXTURES.glob("records/text/*.txt"))}
# What lines alone cannot tell: a message's own blank lines and last lines, and a thrown text.
OTHERWISE = {"node-string", "python-notes", "ruby-full", "go-pkgerrors"}
TRACES = sorted(
    name for name, text in TEXTS.items() if name not in OTHERWISE and (trace := find(text)) and "\n" in trace.text
)
Draft = dict[str, Any]


def of_kubernetes(line: str, stream: str = "stderr") -> Draft:
    pod = {"pod_name": "shop-1", "namespace_name": "eu", "container_name": "web", "docker_id": "abc"}
    return {"log": f"{line}\n", "stream": stream, "time": "2025-01-02T03:04:05.123Z", "kubernetes": pod}


def of_journald(line: str) -> Draft:
    return {"MESSAGE": line, "_SYSTEMD_UNIT": "shop.service", "_PID": "71", "_HOSTNAME": "web-1", "PRIORITY": "3",
            "__REALTIME_TIMESTAMP": "1735787045000000"}  # fmt: skip


def of_opentelemetry(line: str) -> Draft:
    record = {"timeUnixNano": "1735787045000000000", "severityNumber": 17, "body": {"stringValue": line}}
    resource = {"attributes": [{"key": "container.id", "value": {"stringValue": "abc"}}]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}


def of_filebeat(line: str) -> Draft:
    return {"@timestamp": "2025-01-02T03:04:05.123Z", "message": line, "host": {"name": "web-1"},
            "log": {"file": {"path": "/var/log/shop.log"}, "offset": 17}, "agent": {"type": "filebeat"}}  # fmt: skip


CARRIERS = [of_kubernetes, of_journald, of_opentelemetry, of_filebeat]


def drafts_of(lines: list[str], carry: Any) -> list[Draft]:
    made: list[Draft] = []
    for line in lines:
        try:
            made += normalize(json.dumps(carry(line)).encode(), {})
        except (NotAnError, Unreadable):
            assert not line.strip()
    return made


def joined(drafts: list[Draft]) -> list[Draft]:
    """The drafts of groups, as the worker makes them."""
    lines = []
    for number, draft in enumerate(drafts):
        line, source = line_of(draft), source_of(draft)
        assert line is not None
        assert source
        told = draft.get("severity") in ("warning", "error", "critical")
        lines.append(Line(number, source, 100 + number / 1000, line, told))
    found = join(lines, ended=True)
    assert found.open == []
    return [put_together([drafts[number] for number in group]) for group in found.groups]


def shape(exceptions: list[Draft]) -> list[object]:
    """What an exception says, but for blank lines: no record is one."""
    return [
        (one.get("type"), one.get("module"), one.get("value", "").replace("\n\n", "\n"), one.get("relation"),
         [(call.get("function", "")[:100], call.get("file"), call.get("line")) for call in one["frames"]])
        for one in exceptions
    ]  # fmt: skip


@pytest.mark.parametrize("name", TRACES)
def test_lines_make_the_trace_that_the_whole_text_is(name: str) -> None:
    trace = find(TEXTS[name])
    assert trace is not None
    [draft] = joined(drafts_of(["listening on port 80", *TEXTS[name].split("\n"), "order 18 is stored"], of_kubernetes))
    assert shape(draft["exception"]) == shape(trace.exceptions)
    assert (draft["service"], draft["tags"]["pod"]) == ("web", "shop-1")
    ErrorEvent.model_validate(draft)


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize(
    "name", ["python-chain", "java-suppressed", "node-cause", "go-repanic", "rust-index", "php-chain"]
)
def test_any_carrier_will_do(name: str, carry: Any) -> None:
    trace = find(TEXTS[name])
    assert trace is not None
    [draft] = joined(drafts_of(TEXTS[name].split("\n"), carry))
    assert shape(draft["exception"]) == shape(trace.exceptions)


def test_two_traces_of_one_program_are_two() -> None:
    lines = TEXTS["java-plain"].split("\n") + TEXTS["python-deep"].split("\n") + TEXTS["java-suppressed"].split("\n")
    drafts = joined(drafts_of(lines, of_kubernetes))
    assert [draft["error_type"] for draft in drafts] == [
        "Orders$RefusedException", "RecursionError", "UnsupportedOperationException",
    ]  # fmt: skip


def test_a_log_line_introduces_its_trace() -> None:
    lines = ["2025-01-02 03:04:05,123 ERROR shop.orders order 17 not stored", *TEXTS["python-deep"].split("\n")]
    [draft] = joined(drafts_of(lines, of_kubernetes))
    assert (draft["message"], draft["error_type"], draft["severity"]) == (
        "order 17 not stored",
        "RecursionError",
        "error",
    )
    assert draft["logger"] == "shop.orders"
    assert draft["extra"]["joined_lines"] > 5


def test_what_a_quiet_stream_throws_is_an_error() -> None:
    def stdout(line: str) -> Draft:
        return of_kubernetes(line, "stdout")

    drafts = drafts_of(TEXTS["java-plain"].split("\n"), stdout)
    assert {draft["severity"] for draft in drafts} == {"info"}
    [draft] = joined(drafts)
    assert "severity" not in draft


@given(
    st.lists(st.sampled_from([line for text in TEXTS.values() for line in text.split("\n")]) | st.text(), min_size=1)
)
def test_any_lines_can_be_put_together(lines: list[str]) -> None:
    drafts = [draft for line in lines if line.strip() for draft in drafts_of([line], of_kubernetes)]
    if drafts:
        ErrorEvent.model_validate(put_together(drafts))
