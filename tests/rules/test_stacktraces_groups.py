"""An error that an SDK sent, and the same error as its runtime prints it, are of one group."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.grouping import Grouper
from rules.normalizing import normalize

EXPECTED = Path(__file__).parent.parent / "fixtures" / "expected" / "sentry"
Draft = dict[str, Any]


def as_java(chain: list[Draft]) -> str:
    said = []
    for one in reversed(chain):
        said.append(f"{'Caused by: ' if said else ''}{one['module']}.{one['type']}: {one['value']}")
        said += [
            f"\tat {call['module']}.{call['function']}({call['file']}:{call['line']})" for call in one["frames"][::-1]
        ]
    return "\n".join(said)


def as_go(chain: list[Draft]) -> str:
    [one] = chain
    said = [f"panic: {one['value']}", "", "goroutine 1 [running]:"]
    for call in one["frames"][::-1]:
        said += [f"{call['module']}.{call['function']}(...)", f"\t{call['file']}:{call['line']} +0x1d"]
    return "\n".join(said)


@pytest.mark.parametrize(
    ("name", "printed"),
    [("java-chained", as_java), ("java-uncaught", as_java), ("go-panic", as_go)],
)
def test_a_text_joins_the_group_of_the_sdk(name: str, printed: Callable[[list[Draft]], str]) -> None:
    [sent, *_] = json.loads((EXPECTED / f"{name}.json").read_text())
    [read] = normalize(printed(sent["exception"]).encode(), {})
    shared = {field: sent[field] for field in ("service", "environment") if field in sent}
    grouper = Grouper()
    ours, theirs = grouper.group({**read, **shared}), grouper.group(sent)
    assert ours.fingerprint == theirs.fingerprint
    assert (ours.title, ours.culprit) == (theirs.title, theirs.culprit)
