"""What a notice looks like in Slack, whatever is in it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notices import hostile_notice, notice

from models.severity import Severity
from seawall.desk.slack_rules import message_error
from sinks.slack.message import history, living, metadata
from sinks.slack.text import escape, link

OUR_MARKUP = re.compile(r"<(!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[^<>]*|https?://[^\s<>|]+\|[^<>|]*)>")


def texts(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        inner = [text for key, value in thing.items() if key not in {"text", "fallback"} for text in texts(value)]
        own = [thing[key] for key in ("text", "fallback") if isinstance(thing.get(key), str)]
        return inner + own + (texts(thing["text"]) if isinstance(thing.get("text"), dict) else [])
    return [text for item in thing for text in texts(item)] if isinstance(thing, list) else []


def assert_harmless(message: dict[str, Any]) -> None:
    assert message_error(message | {"metadata": metadata(1)}) is None
    for text in texts(message):
        rest = OUR_MARKUP.sub("", text)
        assert "<" not in rest, rest[:200]
        assert ">" not in rest, rest[:200]


@pytest.mark.parametrize("render", [living, history])
@pytest.mark.parametrize(
    "kind", ["open", "update", "escalate", "deescalate", "acknowledge", "resolve", "regress", "<!x>"]
)
def test_hostile_text_stays_text_and_within_slacks_limits(render: Any, kind: str) -> None:
    assert_harmless(render(hostile_notice(kind=kind)))


def test_every_text_object_forbids_links_and_mentions_of_its_own() -> None:
    told = json.dumps([living(notice()), history(notice())])
    assert told.count('"mrkdwn"') == told.count('"verbatim": true') > 0


any_text = st.text(max_size=400) | st.sampled_from(
    ["", " ", "&", "<" * 3000, "&" * 3000, "\n" * 2000, "\ud800", "…" * 160]
)


@settings(max_examples=200, deadline=None)
@given(
    title=any_text,
    service=st.text(min_size=1, max_size=200),
    culprit=any_text,
    reasons=st.lists(any_text, max_size=30),
    links=st.dictionaries(any_text, any_text, max_size=15),
    counts=st.integers(min_value=0, max_value=2**63),
    status=st.sampled_from(["new", "acknowledged", "in_progress", "resolved", "ignored"]),
    severity=st.sampled_from(list(Severity)),
)
def test_any_notice_is_one_that_slack_takes(
    *,
    title: str,
    service: str,
    culprit: str,
    reasons: list[str],
    links: dict[str, str],
    counts: int,
    status: str,
    severity: Severity,
) -> None:
    made = notice(
        title=title,
        service=service,
        culprit=culprit,
        reasons=reasons,
        links=links,
        activity={"count_1m": counts, "users_1h": counts, "odd": "x"},
        status=status,
        severity=severity,
    )
    for message in (living(made), history(made)):
        assert_harmless(message)
        json.dumps(message).encode()


@given(text=st.text(max_size=300), limit=st.integers(min_value=5, max_value=200))
def test_escaping_keeps_the_limit_and_cuts_no_entity(text: str, limit: int) -> None:
    made = escape(text, limit)
    assert len(made) <= limit
    assert re.fullmatch(r"(?:[^&<>]|&amp;|&lt;|&gt;)*", made, re.DOTALL)


def test_a_living_message_says_what_a_person_wants_to_know() -> None:
    made = notice(severity=Severity.CRITICAL, activity={"count_1m": 1200, "users_1h": 7, "hosts_1h": 2})
    told = json.dumps(living(made), ensure_ascii=False)
    for part in ("🔴 KeyError", "critical", "payments", "production", "1.2.3", "1,200 in the last minute", "7 users"):
        assert part in told
    assert "<https://wiki.example/runbook?a=1&amp;b=2|Runbook>" in told
    assert living(made)["attachments"][0]["color"] == "#d92d20"


def test_a_resolved_incident_is_green() -> None:
    made = living(notice(status="resolved", kind="resolve"))
    assert made["text"].startswith("✅")
    assert made["attachments"][0]["color"] == "#12b76a"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a/|x", "https://a/<b>", "ftp://a", "https://a b", ""])
def test_only_plain_links_are_links(url: str) -> None:
    assert link(url, "label") is None
