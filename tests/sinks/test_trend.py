"""How events came, as a line that every channel shows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notices import notice
from postgres_support import NOON, group, occurrence, put, run, stores

from sinks.message import message_of
from sinks.pagerduty.event import trigger
from sinks.postgres.connecting import connect
from sinks.postgres.merging import merge
from sinks.rendering import Renderer
from sinks.slack.message import living
from sinks.trend import BLOCKS, Trend, sparkline, trend_lines, trend_of
from sinks.webhook.event import event_of

AT = datetime.fromtimestamp(NOON + 30, UTC)


def test_blocks():
    assert sparkline([0, 1, 4, 8, 7]) == "▁▂▅██"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=40))
def test_more_is_never_lower_and_something_is_never_nothing(counts):
    line = sparkline(counts)
    heights = [BLOCKS.index(block) for block in line]
    for height, count in zip(heights, counts, strict=True):
        assert (height == 0) == (count == 0)
    ordered = sorted(zip(counts, heights, strict=True))
    assert [height for _, height in ordered] == sorted(heights)


def test_lines():
    trend = Trend([0] * 19 + [120], [0] * 23 + [1_840])
    assert trend_lines(trend) == [
        ("Last hour", "▁" * 19 + "█ up to 120 in 3 min"),
        ("Last day", "▁" * 23 + "█ up to 1,840 in an hour"),
    ]
    assert [name for name, _ in trend_lines(Trend([0] * 20, [1] * 24))] == ["Last day"]
    assert trend_lines(Trend([0] * 20, [0] * 24)) == trend_lines(None) == []
    assert trend_lines(None, {"counts": [0] * 20, "seconds": 3}) == []
    for counts, seconds, name, line in (
        ([0] * 19 + [12], 3, "Last 1 min", "▁" * 19 + "█ up to 12 in 3 s"),
        ([7, 14], 30, "Last 1 min", "▅█ up to 14 in 30 s"),
        ([0, 1_000], 1_800, "Last 1 h", "▁█ up to 1,000 in 30 min"),
    ):
        assert trend_lines(None, {"counts": counts, "seconds": seconds}) == [(name, line)]


async def test_what_was_counted_of_a_group_and_what_is_merged_into_it(database_url):
    run(database_url, "TRUNCATE groups, group_log, minute_stats, occurrences, source_offsets CASCADE")
    ages = [0, 0, 2, 3, 59, 60, 61, 600, 24 * 60 - 1, 24 * 60, 25 * 60]
    async with stores(database_url) as [store]:
        mine = [occurrence(n, "a", at=NOON - minutes * 60) for n, minutes in enumerate(ages)]
        other = [occurrence(20, "b", at=NOON), occurrence(21, "c", at=NOON)]
        await put(store, [*mine, *other])
    async with await connect(database_url, application_name="seawall test") as connection:
        a, b = group("a").group_id, group("b").group_id
        trend = await trend_of(connection, a, AT)
        assert (trend.hour[-1], trend.hour[-2], trend.hour[0], sum(trend.hour)) == (3, 1, 1, 5)
        assert (trend.day[-1], trend.day[-2], trend.day[0], sum(trend.day)) == (5, 2, 1, 9)
        await merge(connection, b, a, "ann")
        assert (await trend_of(connection, a, AT)).hour[-1] == 4


SOME = Trend([0] * 19 + [5], [0] * 23 + [5])


def test_it_stands_in_every_message():
    made = notice(trend=SOME)
    text = Renderer().render("teams", "body", message_of(made))
    assert "Last hour: ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█ up to 5 in 3 min" in text
    assert "*Last hour* ▁▁" in str(living(made))
    assert trigger(made)["custom_details"]["last_day"].endswith("up to 5 in an hour")
    assert "Last hour" not in str(living(notice()))
    of_threshold = notice(activity={"recent": {"counts": [0, 5], "seconds": 30}})
    assert "*Last 1 min* ▁█ up to 5 in 30 s" in str(living(of_threshold))
    assert trigger(of_threshold)["custom_details"]["last_1_min"] == "▁█ up to 5 in 30 s"
    assert event_of(of_threshold)["data"]["recent"] == {"counts": [0, 5], "seconds": 30}


@pytest.mark.parametrize("title", ["{{ service }} is down <!channel>", "{{ 1 / 0 }}"])
def test_templates_of_ones_own_write_titles_of_slack_and_pagerduty(tmp_path, title):
    (tmp_path / "slack.title.j2").write_text(title)
    (tmp_path / "slack.text.j2").write_text("{{ severity }}: {{ title }} <@U012>")
    (tmp_path / "pagerduty.title.j2").write_text("{{ environment }}/{{ service }}")
    own = Renderer(tmp_path)
    made = living(notice(), own)
    header = made["attachments"][0]["blocks"][0]["text"]["text"]
    wrong = "1 / 0" in title
    assert header == ("🟠 KeyError: 'user'" if wrong else "payments is down &lt;!channel&gt;")
    assert made["text"] == "error: KeyError: 'user' &lt;@U012&gt;"
    assert trigger(notice(), own)["summary"] == "production/payments"
    assert trigger(notice())["summary"] == "[payments] KeyError: 'user'"
