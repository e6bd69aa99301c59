"""Traces that real programs wrote: those committed, and, where the runtime is installed, fresh ones."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules.stacktraces import ParsedTrace, find

FIXTURES = Path(__file__).parent.parent / "fixtures" / "stacktraces"


def read(name: str) -> ParsedTrace:
    trace = find((FIXTURES / name).read_text())
    assert trace is not None
    return trace


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=FIXTURES, check=False).stderr


def shape(trace: ParsedTrace) -> list[tuple[object, ...]]:
    """Types, values and calls: what does not depend on where the program lies."""
    return [
        (one.get("type"), one.get("value"), [(call.get("function"), call.get("line")) for call in one["frames"]])
        for one in trace.exceptions
    ]


def calls(exception: dict[str, object]) -> list[object]:
    return [call.get("function") for call in exception["frames"]]  # type: ignore[attr-defined]


def test_python_chain_lists_the_first_cause_first() -> None:
    trace = read("python-chained.txt")
    assert trace.language == "python"
    assert [one["type"] for one in trace.exceptions] == ["ValueError", "PaymentError", "KeyError"]
    assert trace.exceptions[1]["value"] == "charge failed\nno money was taken"
    assert calls(trace.exceptions[2]) == ["<module>", "chained"]
    assert trace.exceptions[2]["frames"][-1] == {
        "file": "/srv/shop/orders.py",
        "line": 25,
        "function": "chained",
        "context": {"line": '{}["order"]'},
    }
    assert (trace.before, trace.after) == ("", "")


def test_python_recursion_is_repeated_within_bounds() -> None:
    [error] = read("python-deep.txt").exceptions
    assert error["type"] == "RecursionError"
    assert calls(error)[:2] == ["<module>", "deep"]
    assert 10 < len(error["frames"]) < 100


def test_python_syntax_error_ends_in_the_bad_file() -> None:
    [error] = read("python-syntax.txt").exceptions
    assert (error["type"], error["value"]) == ("SyntaxError", "invalid syntax")
    assert error["frames"][-1] == {"file": "/srv/shop/rules.py", "line": 1, "context": {"line": "total = = 1"}}


def test_python_group_lists_its_members_before_it() -> None:
    trace = read("python-group.txt")
    assert [(one["type"], one["value"][-3:]) for one in trace.exceptions] == [
        ("ValueError", "'a'"),
        ("ValueError", "'b'"),
        ("ExceptionGroup", "ns)"),
    ]
    assert calls(trace.exceptions[0]) == ["group", "parse"]


@pytest.mark.parametrize("mode", ["chained", "deep", "syntax", "group"])
def test_python_traces_of_this_interpreter_read_alike(mode: str) -> None:
    fresh = find(run(sys.executable, "orders.py", mode))
    assert fresh is not None
    kept = read(f"python-{mode}.txt")
    assert [one.get("type") for one in fresh.exceptions] == [one.get("type") for one in kept.exceptions]
    assert [calls(one)[:3] for one in fresh.exceptions] == [calls(one)[:3] for one in kept.exceptions]


def test_java_causes_and_suppressed_get_their_outer_frames_back() -> None:
    trace = read("java-uncaught.txt")
    assert trace.language == "java"
    assert [(one["module"], one["type"]) for one in trace.exceptions] == [
        ("java.lang", "IllegalStateException"),
        ("java.lang", "IllegalArgumentException"),
        ("java.lang", "UnsupportedOperationException"),
    ]
    suppressed, cause, raised = trace.exceptions
    assert [one.get("relation") for one in trace.exceptions] == ["suppressed", "cause", None]
    assert [one.get("parent") for one in trace.exceptions] == [cause["id"], raised["id"], None]
    assert calls(suppressed) == ["run", "load", "close"]
    assert cause["value"] == "no such article\nid: 17"
    assert calls(cause) == ["run", "load", "lambda$load$0", "reserve", "reserve", "reserve"]
    assert raised["frames"][0] == {
        "function": "run",
        "module": "java.lang.Thread",
        "file": "Thread.java",
        "line": 840,
        "package": "java.base",
    }
    assert trace.before == ""


def test_java_traces_of_an_installed_runtime_read_alike() -> None:
    fresh = find(run("java", "Orders.java"))
    assert fresh is not None
    kept = shape(read("java-uncaught.txt"))
    assert [(kind, value) for kind, value, _ in shape(fresh)] == [(kind, value) for kind, value, _ in kept]


def test_node_cause_lies_before_the_error_and_the_source_line_at_its_frame() -> None:
    trace = read("node-uncaught.txt")
    assert trace.language == "javascript"
    cause, raised = trace.exceptions
    assert (cause["type"], raised["type"]) == ("SyntaxError", "PaymentError")
    assert raised["value"] == "charge of order 17 failed\nno money was taken"
    assert calls(cause) == ["main", "charge", "Array.map", None, "parseReply", "JSON.parse"]
    assert calls(raised) == ["main", "charge"]
    assert raised["frames"][-1] == {"function": "charge", "file": "/srv/shop/orders.js", "line": 19, "column": 11}
    assert (trace.before, trace.after) == ("", "")


def test_node_stack_property_is_read() -> None:
    [error] = read("node-stack.txt").exceptions
    assert (error["type"], calls(error)) == ("PaymentError", ["main", "charge"])


@pytest.mark.parametrize(("name", "mode"), [("node-uncaught.txt", "throw"), ("node-stack.txt", "stack")])
def test_node_traces_of_an_installed_runtime_read_alike(name: str, mode: str) -> None:
    fresh = find(run("node", "orders.js", mode))
    assert fresh is not None
    assert [(kind, calls) for kind, _, calls in shape(fresh)] == [(kind, calls) for kind, _, calls in shape(read(name))]


def test_a_log_line_in_front_of_a_trace_is_kept_apart() -> None:
    text = (
        "2025-01-02 03:04:05 ERROR shop: order 17 failed\n" + (FIXTURES / "java-uncaught.txt").read_text() + "next line"
    )
    trace = find(text)
    assert trace is not None
    assert trace.before == "2025-01-02 03:04:05 ERROR shop: order 17 failed"
    assert trace.after == "next line"
    assert trace.text.startswith('Exception in thread "worker-1" java.lang.UnsupportedOperationException: order cannot')


def test_a_trace_with_escaped_line_ends_is_read() -> None:
    for name in ("python-chained.txt", "java-uncaught.txt", "node-stack.txt"):
        text = (FIXTURES / name).read_text()
        escaped = find(json.dumps(text)[1:-1])
        assert escaped is not None
        assert [one["type"] for one in escaped.exceptions] == [one["type"] for one in read(name).exceptions]
