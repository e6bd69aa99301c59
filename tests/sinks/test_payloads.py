"""What channels send keeps to the vendors' contracts, whatever is in a notice."""

import json
from datetime import timedelta
from typing import Any

import orjson
import pytest
import vendor_rules as rules
from hypothesis import given, settings
from hypothesis import strategies as st
from notices import AT, HOSTILE, notice
from vendors import Request, every_text

from models.severity import Severity
from sinks.alertmanager import alerts_of
from sinks.contract import Also, Notice
from sinks.googlechat.card import message_with_card
from sinks.message import attempt_key
from sinks.opsgenie import alert_of
from sinks.rendering import Renderer
from sinks.sms import body_of
from sinks.teams.card import card_of, envelope
from sinks.twilio import Answers
from sinks.victorops import event_of as event_for_victorops
from sinks.voice import script_of
from sinks.webhook.event import event_of

RENDERER = Renderer()

any_text = st.text(max_size=300) | st.sampled_from(
    [
        "",
        " ",
        "🔥" * 4_000,
        "x" * 100_000,
        "\n" * 2_000,
        "\ud800",
        "{{DATE(2017-02-14T06:08:00Z,SHORT)}}",
        "${x}",
        HOSTILE,
    ]
)
any_notice = st.builds(
    notice,
    kind=st.sampled_from(["open", "update", "escalate", "resolve", "regress", "summary", "comment", "something new"]),
    status=st.sampled_from(["new", "acknowledged", "resolved"]),
    severity=st.sampled_from(list(Severity)),
    title=any_text,
    service=any_text,
    environment=any_text,
    culprit=st.none() | any_text,
    release=st.none() | any_text,
    rule=st.none() | any_text,
    trace_id=st.none() | any_text,
    incident_id=st.uuids().map(str) | st.sampled_from(["seawall-pipeline-stands-still", "@everyone", HOSTILE]),
    reasons=st.lists(any_text, max_size=30),
    links=st.dictionaries(any_text, any_text | st.just("https://wiki.example/" + "x" * 2_900), max_size=15),
    actor=any_text,
    assignee=st.none() | any_text,
    grouped=st.booleans(),
    message=st.uuids().map(str),
    also=st.lists(
        st.builds(
            Also,
            incident_id=any_text,
            title=any_text,
            service=any_text,
            severity=st.sampled_from(list(Severity)),
            status=st.just("new"),
            total=st.integers(0, 10**9),
        ),
        max_size=15,
    ),
    also_more=st.integers(0, 500),
    activity=st.dictionaries(any_text, st.integers(min_value=0, max_value=2**53), max_size=5),
)


@settings(max_examples=60, deadline=None)
@given(any_notice)
def test_cards_of_teams(made: Notice) -> None:
    body = envelope(card_of(made, RENDERER))
    raw = json.dumps(body).encode()  # as the vendor may write it again: six bytes a character
    assert rules.adaptive_card(body["attachments"][0]["content"]) is None
    assert len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) <= 18_000
    assert b"\\u202e" not in raw
    assert b"\\u0000" not in raw


@settings(max_examples=60, deadline=None)
@given(any_notice)
def test_events_of_webhooks(made: Notice) -> None:
    event = event_of(made)
    assert len(json.dumps(event, ensure_ascii=False).encode()) <= 256 * 1024
    assert all(isinstance(url, str) and url.startswith("http") for url in event["data"]["links"].values())


ANSWERS = Answers("https://alerts.example")


def passes(kind: str, made: Notice) -> None:
    """What the channel would send, by the vendor's rules."""
    if kind == "googlechat":
        assert rules.chat_message(orjson.dumps(message_with_card(made, RENDERER))) is None
    elif kind == "teams":
        assert rules.adaptive_card(card_of(made, RENDERER)) is None
    elif kind == "webhook":
        assert {"type", "timestamp", "data"} == set(event_of(made))
        assert not set(rules.FORBIDDEN) & set("".join(every_text(event_of(made))))
    elif kind == "opsgenie":
        assert rules.markup(alert_of(made, RENDERER)) is None
        assert rules.opsgenie_alert(alert_of(made, RENDERER)) is None
    elif kind == "victorops":
        raw = orjson.dumps(event_for_victorops(made, RENDERER))
        assert rules.victorops(Request("POST", "/", {}, {}, raw)) is None
    elif kind == "alertmanager":
        assert rules.alerts(alerts_of(made, RENDERER)) is None
    elif kind == "voice":
        for answers in (None, ANSWERS):
            assert rules.twiml(script_of(made, RENDERER, answers)) is None
            assert len(script_of(made, RENDERER, answers)) <= 4_000
    else:
        for answers in (None, ANSWERS):
            body = body_of(made, RENDERER, answers)
            assert 1 <= len(body) <= 459
            assert "\n" not in body


@pytest.mark.parametrize("kind", ["googlechat", "opsgenie", "victorops", "alertmanager", "sms", "voice"])
@settings(max_examples=50, deadline=None)
@given(made=any_notice)
def test_any_notice_keeps_to_the_contract(kind: str, made: Notice) -> None:
    passes(kind, made)


def others(text: str) -> list[Also]:
    return [Also(incident_id=text, title=text, service=text, severity=Severity.ERROR, status="new", total=7)]


HARMFUL = ["<!channel>", "<script>alert(1)</script>", "@everyone", "@here", "<users/all>", "[x](http://evil.example)",
           "<a href='http://evil.example'>x</a>", "a\r\nBcc: x@evil.example", "\u202egpj.exe", "x" * 100_000]  # fmt: skip


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize(
    "kind", ["googlechat", "opsgenie", "victorops", "alertmanager", "sms", "voice", "teams", "webhook"]
)
def test_harmful_text_keeps_to_the_contract(kind: str, text: str) -> None:
    passes(kind, notice(title=text, service=text, environment=text, culprit=text, rule=text, reasons=[text] * 30,
                        incident_id=text, actor=text, assignee=text, grouped=True, message="m", also=others(text), links={text: "https://wiki.example/x"}))  # fmt: skip


@pytest.mark.parametrize("text", ["&" * 9_999, "🔥" * 9_999, "<" * 9_999])
@pytest.mark.parametrize("kind", ["googlechat", "teams", "opsgenie", "victorops", "alertmanager", "sms", "voice"])
def test_the_fullest_message_is_cut_to_the_limit(kind: str, text: str) -> None:
    links = {f"{number}{text}": f"https://wiki.example/{'x' * 2_950}{number}" for number in range(10)}
    made = notice(title=text, service=text, environment=text, error_type=text, culprit=text, release=text, rule=text,
                  trace_id=text, reasons=[text] * 30, actor=text, also=others(text) * 15, links=links)  # fmt: skip
    passes(kind, made)


def test_a_card_of_teams() -> None:
    card = card_of(notice(severity=Severity.CRITICAL), RENDERER)
    assert card["fallbackText"] == "🔴 KeyError: 'user'"
    assert card["body"][0]["style"] == "attention"
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Runbook", "url": "https://wiki.example/runbook?a=1&b=2"}
    ]
    assert card_of(notice(status="resolved", kind="resolve"), RENDERER)["body"][0]["style"] == "good"


def test_an_event_of_a_webhook() -> None:
    event = event_of(notice(reasons=["a"], trace_id="t"))
    assert (event["type"], event["timestamp"]) == ("incident.open", "2025-06-16T12:00:00.000Z")
    data: dict[str, Any] = event["data"]
    assert data["incident"] == notice().incident_id
    assert data["counts"] == {"count_1m": 3, "total": 3}
    assert data["links"] == {"Runbook": "https://wiki.example/runbook?a=1&b=2"}
    assert data["rule"] is None


@pytest.mark.parametrize("text", ["<script>", "<!channel>", "@everyone", "[x](http://evil)"])
def test_an_event_holds_texts_as_they_are(text: str) -> None:
    assert event_of(notice(title=text))["data"]["title"] == text


def test_attempts_at_one_delivery_have_one_key_and_no_other_has_it() -> None:
    first = attempt_key(notice())
    assert attempt_key(notice(in_doubt=True, ref={}, title="as it is now")) == first
    for more in ({"transition_id": "t-2"}, {"target": "other"}, {"at": AT + timedelta(seconds=1)}):
        assert attempt_key(notice(**more)) != first
