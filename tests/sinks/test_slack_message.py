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
from sinks.contract import Also
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
    "kind",
    ["open", "update", "escalate", "deescalate", "acknowledge", "resolve", "regress", "assign", "summary", "<!x>"],
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


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("acknowledge", "👀 *Acknowledged* by ann &lt;!here&gt;"),
        ("unacknowledge", "↩️ *Given back* by ann"),
        ("start", "🔧 *Being worked on* by ann"),
        ("ignore", "🔕 *Ignored* by ann"),
        ("reopen", "↩️ *Taken up again* by ann"),
        ("assign", "👤 *Assigned* by ann"),
        ("comment", "💬 *Said* by ann"),
    ],
)
def test_the_thread_says_who_did_what(kind: str, said: str) -> None:
    [block] = history(notice(kind=kind, actor="ann <!here>", reasons=["to bob"]))["blocks"]
    assert block["text"]["text"].startswith(said)
    assert "• to bob" in block["text"]["text"]


def test_what_seawall_does_by_itself_names_nobody() -> None:
    assert " by " not in history(notice(kind="escalate"))["text"]


def others(count: int, **more: Any) -> list[Also]:
    fields = {
        "title": "Other <!channel>",
        "service": "cart",
        "severity": Severity.CRITICAL,
        "status": "new",
        "total": 1200,
    }
    return [Also(incident_id=str(number), **(fields | more)) for number in range(count)]


def test_a_shared_message_names_the_others_that_are_open() -> None:
    shown = json.dumps(living(notice(grouped=True, also=others(2), also_more=7)), ensure_ascii=False)
    assert "*Also open*\\n🔴 Other &lt;!channel&gt; · cart · 1,200 in all" in shown
    assert "… and 7 more" in shown
    assert_harmless(living(hostile_notice(grouped=True, also=others(15, title="<" * 3000), also_more=3)))


def test_a_shared_message_is_open_until_all_in_it_is_over() -> None:
    left = living(notice(kind="resolve", status="resolved", grouped=True, also=others(1)))
    assert left["text"].startswith("🔴 Other")
    assert left["attachments"][0]["color"] == "#d92d20"
    assert living(notice(kind="resolve", status="resolved", grouped=True))["text"].startswith("✅")


def test_a_line_of_a_shared_thread_says_which_one_it_is_about() -> None:
    [block] = history(notice(kind="open", grouped=True, title="KeyError: sku", service="shop"))["blocks"]
    assert "KeyError: sku · shop" in block["text"]["text"]


def test_a_summary_is_a_message_of_its_own_kind() -> None:
    shown = living(
        notice(
            kind="summary",
            title="3 incidents held back",
            service="",
            environment="",
            reasons=["1 still open"],
            links={},
        )
    )
    assert shown["text"] == "🔕 3 incidents held back"
    assert [block["type"] for block in shown["attachments"][0]["blocks"]] == ["header", "section", "context"]
