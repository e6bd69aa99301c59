"""What a notice looks like in PagerDuty, whatever is in it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notices import hostile_notice, notice

from models.severity import Severity
from seawall.desk.pagerduty_api import MAX_BODY, SEVERITIES, _errors
from sinks.contract import Notice
from sinks.pagerduty.event import action_of, severity_of, trigger


def event_of(made: Notice) -> dict[str, object]:
    """As the library composes it."""
    parts = trigger(made)
    payload = {name: parts[name] for name in ("summary", "source", "severity", "custom_details")} | parts["payload"]
    base = {"routing_key": "k" * 32, "event_action": "trigger", "dedup_key": made.incident_id}
    return base | {"payload": payload, "links": parts["links"]}


def assert_taken(made: Notice) -> None:
    event = event_of(made)
    assert _errors(event) == []
    assert len(json.dumps(event).encode()) < MAX_BODY


def test_hostile_text_is_within_pagerdutys_limits() -> None:
    assert_taken(hostile_notice())
    assert [link["href"] for link in trigger(hostile_notice())["links"]] == [
        "https://wiki.example/x",
        "https://a.example/|<!channel>",
    ]


any_text = st.text(max_size=400) | st.sampled_from(["", " ", "\0" * 9, "x" * 5000, "\ud800", "é" * 2000])


@settings(max_examples=150, deadline=None)
@given(title=any_text, service=any_text, culprit=any_text, reasons=st.lists(any_text, max_size=30))
def test_any_notice_is_one_that_pagerduty_takes(title: str, service: str, culprit: str, reasons: list[str]) -> None:
    assert_taken(notice(title=title, service=service, culprit=culprit, reasons=reasons, error_type=None))


@pytest.mark.parametrize("severity", list(Severity))
def test_pagerduty_knows_each_severity(severity: Severity) -> None:
    assert severity_of(severity) in SEVERITIES


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("open", "trigger"),
        ("update", "trigger"),
        ("escalate", "trigger"),
        ("deescalate", "trigger"),
        ("acknowledge", "acknowledge"),
        ("resolve", "resolve"),
    ],
)
def test_each_transition_is_one_of_three_actions(kind: str, action: str) -> None:
    assert action_of(notice(kind=kind)) == action
