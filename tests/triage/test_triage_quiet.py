"""Silences, inhibition, times, maintenance: what is held back, what passes, and what is told when it is over."""

from datetime import UTC, datetime

import pytest
from world import START, world

from rules.quiet import parse_matcher
from triage.silencing import hidden_by, silence, unsilence

PLAIN = 'default_route: "slack:#alerts"'
OPEN = ("open", "g1")
INHIBITING = (
    PLAIN
    + """
inhibitions:
  - name: database
    source: {type: DatabaseDown}
    target: {type: [KeyError, TimeoutError]}
    equal: [environment, service]
"""
)
MAINTAINED = (
    PLAIN
    + """
maintenance:
  - {name: nightly, match: {service: shop}, starts: "2026-06-01T14:00", lasts: 1h, repeats: "FREQ=DAILY", zone: Europe/Berlin}
"""
)
OFFICE = """
times:
  nights: [{times: [{from: "18:00", to: "08:00"}], zone: Europe/Berlin}, {weekdays: [sat, sun], zone: Europe/Berlin}]
  office: [{times: [{from: "08:00", to: "18:00"}], weekdays: [mon, tue, wed, thu, fri], zone: Europe/Berlin}]
routes:
  - {match: {severity: critical}, to: "pagerduty:default", continue: true}
  - {to: "slack:#alerts", %s}
"""


async def test_a_silence_holds_back_until_it_ends_then_what_still_holds_is_told_and_all_is_summed_up(database_url):
    async with world(database_url, PLAIN) as w:
        await w.hush("service=shop", "title~error g*")
        await w.come("open", "g1")
        await w.come("escalate", "g1", severity="critical")
        await w.come("open", "g2")
        await w.come("resolve", "g2")
        await w.come("open", "other", title="Something else")
        assert await w.told() == [("open", "other")]
        assert await w.held() == [
            ("open", "g1", "silence"), ("escalate", "g1", "silence"), ("open", "g2", "silence"), ("resolve", "g2", "silence"),
        ]  # fmt: skip
        await w.wait(3599)
        assert await w.told() == [("open", "other")]
        await w.wait(1)
        assert sorted((await w.told())[1:]) == [
            ("escalate", "g1"), ("summary", "2 incidents held back: a silence of ann: deploy"),
        ]  # fmt: skip
        [(lines,)] = await w.rows("SELECT lines FROM summaries")
        assert lines == [
            "1 still open, 1 over or ignored", "critical · shop · g1 (new)", "error · shop · g2 (resolved)",
        ]  # fmt: skip
        await w.wait(86_400)
        assert len(await w.told()) == 3
        assert await w.timers() == 0


async def test_ends_and_what_people_do_pass_a_silence_if_it_was_told(database_url):
    async with world(database_url, PLAIN) as w:
        await w.come("open")
        await w.come("open", "g2")
        await w.hush("service=shop")
        await w.come("escalate", severity="critical")
        await w.act("acknowledge")
        await w.act("resolve", "g2")
        assert await w.told() == [OPEN, ("open", "g2"), ("acknowledge", "g1"), ("resolve", "g2")]
        await w.act("reopen", "g2")
        assert (await w.told())[-1] == ("resolve", "g2")  # that would page somebody
        await w.wait(3600)
        assert sorted((await w.told())[4:])[:2] == [("escalate", "g1"), ("reopen", "g2")]


async def test_a_silence_that_is_ended_early_tells_at_once(database_url):
    async with world(database_url, PLAIN) as w:
        made = await w.hush("service=shop", lasts=7 * 86_400)
        await w.come("open")
        await w.wait(60)
        assert await unsilence(w.connection, made.id, w.now)
        await w.run()
        assert sorted(await w.told()) == [OPEN, ("summary", "1 incident held back: a silence of ann: deploy")]
        assert not await unsilence(w.connection, made.id, w.now)
        await w.wait(8 * 86_400)
        assert len(await w.told()) == 2


async def test_a_silence_to_come_hides_nothing_before(database_url):
    async with world(database_url, PLAIN) as w:
        later = [parse_matcher("service=shop")]
        await silence(w.connection, later, starts_at=w.now + 60, ends_at=w.now + 120, author="ann")
        await w.come("open")
        await w.wait(60)
        await w.come("open", "g2")
        assert await w.told() == [OPEN]
        await w.wait(60)
        assert ("open", "g2") in await w.told()


async def test_two_silences_hold_as_long_as_the_longer_one(database_url):
    async with world(database_url, PLAIN) as w:
        await w.hush("service=shop", lasts=600)
        await w.hush("service=shop", lasts=1200)
        await w.come("open")
        await w.wait(1199)
        assert OPEN not in await w.told()
        await w.wait(1)
        assert OPEN in await w.told()


async def test_a_preview_names_what_a_silence_would_hide(database_url):
    async with world(database_url, PLAIN) as w:
        await w.take(w.alert("open", "g1"), w.alert("open", "g2", service="cart"))
        await w.come("open", "g3")
        await w.come("resolve", "g3")
        found = await hidden_by(w.connection, [parse_matcher("service=shop")])
        assert [one["title"] for one in found] == ["g1"]
        assert await w.rows("SELECT count(*) FROM silences") == [(0,)]


async def test_what_a_source_explains_is_held_back_until_it_is_over(database_url):
    async with world(database_url, INHIBITING) as w:
        await w.come("open", "db", error_type="DatabaseDown")
        await w.come("open", "g1")
        await w.come("open", "g2", service="cart")
        assert await w.told() == [("open", "db"), ("open", "g2")]
        assert await w.held() == [("open", "g1", "inhibition")]
        w.use(INHIBITING)  # as after a restart: what is known is in the database
        await w.wait(10 * 86_400)
        await w.come("escalate", "g1", severity="critical")
        assert ("escalate", "g1") not in await w.told()
        await w.come("resolve", "db", error_type="DatabaseDown")
        assert (await w.told())[2:] == [("resolve", "db"), ("escalate", "g1")]


async def test_a_source_that_is_put_away_by_a_person_explains_nothing_any_more(database_url):
    async with world(database_url, INHIBITING) as w:
        await w.come("open", "db", error_type="DatabaseDown")
        await w.come("open", "g1")
        await w.act("ignore", "db")
        assert (await w.told())[1:] == [("ignore", "db"), OPEN]


async def test_source_and_target_that_come_together_are_one_message(database_url):
    async with world(database_url, INHIBITING) as w:
        await w.take(w.alert("open", "g1"), w.alert("open", "db", error_type="DatabaseDown"))
        assert await w.told() == [("open", "db")]


@pytest.mark.parametrize("target", ["{service: shop}", "{}"])
async def test_nothing_inhibits_itself_nor_those_like_it(database_url, target):
    rules = PLAIN + f"\ninhibitions: [{{name: all, source: {{severity: critical}}, target: {target}}}]"
    async with world(database_url, rules) as w:
        await w.come("open", "g1", severity="critical")
        await w.come("open", "g2", severity="critical")
        await w.come("open", "g3")
        assert await w.told() == [OPEN, ("open", "g2")]


@pytest.mark.parametrize(("severity", "equal", "told"), [
    ('">=error"', "[service]", False),
    ("[warning, critical]", "[]", False),
    ('"*"', "[environment]", False),
    ("warning", "[service]", True),
    ("critical", "[severity]", True),
])  # fmt: skip
async def test_a_source_of_the_severities_asked_for_explains_others(database_url, severity, equal, told):
    source = f"{{severity: {severity}, type: DatabaseDown}}"
    rules = PLAIN + f"\ninhibitions: [{{name: n, source: {source}, target: {{type: KeyError}}, equal: {equal}}}]"
    async with world(database_url, rules) as w:
        await w.come("open", "db", severity="critical", error_type="DatabaseDown")
        await w.come("open", "g1")
        assert (OPEN in await w.told()) is told


async def test_maintenance_lets_ends_and_acknowledgements_through_and_comes_again(database_url):
    async with world(database_url, MAINTAINED) as w:  # 14:00 in Berlin is 12:00 UTC
        w.now = START - 60
        await w.come("open", "before")
        w.now = START
        await w.come("open", "g1")
        await w.come("open", "g2", service="cart")
        await w.act("acknowledge", "before")
        await w.come("escalate", "before", severity="critical")
        await w.come("resolve", "before", severity="critical")
        assert await w.told() == [("open", "before"), ("open", "g2"), ("acknowledge", "before"), ("resolve", "before")]
        await w.wait(3600)
        assert sorted((await w.told())[4:]) == [OPEN, ("summary", "2 incidents held back: maintenance nightly")]
        w.now = START + 86_400
        await w.come("open", "g3")
        await w.wait(3599)
        assert ("open", "g3") not in await w.told()
        await w.wait(1)
        assert ("open", "g3") in await w.told()
        assert ("summary", "1 incident held back: maintenance nightly") in await w.told()


@pytest.mark.parametrize(
    ("times", "said"), [("mute: nights", "times nights"), ("only: office", "times not office")], ids=["mute", "only"]
)
async def test_a_route_is_mute_at_its_times_and_others_are_not(database_url, times, said):
    async with world(database_url, OFFICE % times) as w:
        w.now = datetime(2026, 6, 5, 16, 0, tzinfo=UTC).timestamp()  # Friday, 18:00 in Berlin
        await w.come("open", "g1", severity="critical")
        assert (await w.told("pagerduty:default"), await w.told()) == ([OPEN], [])
        until_monday = datetime(2026, 6, 8, 6, 0, tzinfo=UTC).timestamp() - w.now
        await w.wait(until_monday - 1)
        assert await w.told() == []
        await w.wait(1)
        assert sorted(await w.told()) == [OPEN, ("summary", f"1 incident held back: {said}")]


async def test_all_that_was_held_back_can_be_listed_and_is_counted_once(database_url):
    async with world(database_url, PLAIN) as w:
        made = await w.hush("service=shop")
        told = await w.come("open")
        assert told.held == {"silence": 1}
        await w.run()
        assert (await w.come("update")).held == {}
        listed = await w.rows("SELECT channels, kind, why, by FROM analytics.held_back")
        assert listed == [(["slack:#alerts"], "open", "silence", made.id)]


async def test_what_repeats_is_said_again_only_while_nothing_is_quiet(database_url):
    async with world(database_url, 'routes: [{to: "slack:#alerts", repeat: 1h}]') as w:
        await w.come("open")
        await w.wait(3600)
        assert await w.told() == [OPEN, ("remind", "g1")]
        await w.hush("service=shop", lasts=10_000)
        await w.wait(9_999)
        assert len(await w.told()) == 2
        await w.wait(1)
        assert (await w.told())[2:] == [("remind", "g1")]
        await w.act("acknowledge")
        await w.wait(86_400)
        assert (await w.told())[3:] == [("acknowledge", "g1")]
