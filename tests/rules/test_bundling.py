"""What a bundle tells: one message for one problem, nothing twice, nothing forgotten."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.notifying import HeldBack, Mute
from rules.bundling import ALWAYS, Bundle, Member, Step, flush

T0 = 1_000_000.0
SILENT = Mute(why=HeldBack.SILENCE, by="s1", until=T0 + 600)


def steps(*kinds, start=1):
    return [Step(start + index, f"t{start + index}", kind) for index, kind in enumerate(kinds)]


def member(*kinds, told=False, **more):
    more = {"steps": steps(*kinds)} | more
    given_ = {"id": "i1", "status": "resolved" if "resolve" in kinds else "new", "joined_at": T0, "told": told}
    return Member(**(given_ | more))


def kinds(out):
    return [message.kind for message in out.messages]


def test_a_new_incident_is_told_at_once_and_in_one_message() -> None:
    out = flush(Bundle(), [member("open", "update", "escalate")], T0)
    assert [(message.transition_id, message.kind) for message in out.messages] == [("t3", "escalate")]
    assert (out.seen, out.again_at, out.held) == ({"i1": 3}, None, [])


def test_what_is_over_before_its_wait_is_never_told() -> None:
    early = flush(Bundle(), [member("open", wait=30)], T0 + 10)
    assert (early.messages, early.again_at) == ([], T0 + 30)
    over = flush(Bundle(), [member("open", "resolve", wait=30)], T0 + 20)
    assert over.messages == []
    assert [held.mute.why for held in over.held] == [HeldBack.SHORT]
    ripe = flush(Bundle(), [member("open", wait=30)], T0 + 30)
    assert kinds(ripe) == ["open"]


def test_how_it_goes_on_is_told_to_those_who_know() -> None:
    out = flush(Bundle(), [member("escalate", "acknowledge", "update", "update", told=True)], T0)
    assert [message.transition_id for message in out.messages] == ["t1", "t2", "t4"]
    assert out.seen == {"i1": 4}


def test_of_what_is_over_only_what_people_did_and_the_end_are_told() -> None:
    out = flush(Bundle(), [member("escalate", "comment", "update", "resolve", told=True)], T0)
    assert kinds(out) == ["comment", "resolve"]
    assert out.seen == {"i1": 4}


def test_of_many_changes_of_severity_the_last_is_told() -> None:
    out = flush(Bundle(), [member("escalate", "deescalate", "escalate", told=True)], T0)
    assert [message.transition_id for message in out.messages] == ["t3"]


def test_a_silence_holds_back_and_lets_through_what_people_must_know() -> None:
    before = flush(Bundle(), [member("open", mute=SILENT)], T0)
    assert (before.messages, before.again_at, before.seen) == ([], T0 + 600, {})
    known = flush(Bundle(), [member("escalate", "acknowledge", told=True, mute=SILENT)], T0)
    assert kinds(known) == ["acknowledge"]
    assert [held.step.kind for held in known.held] == ["escalate"]
    assert (known.seen, known.said, known.again_at) == ({"i1": 0}, {"i1": 2}, T0 + 600)
    over = flush(Bundle(), [member("escalate", "resolve", told=True, mute=SILENT)], T0)
    assert (kinds(over), over.held) == (["resolve"], [])


def test_what_was_held_back_is_told_when_the_silence_ends_if_it_is_still_so() -> None:
    held = member("open", "escalate", mute=SILENT)
    assert kinds(flush(Bundle(), [replace(held, mute=None)], T0 + 600)) == ["escalate"]
    worse = flush(Bundle(), [member("escalate", told=True, mute=SILENT)], T0)
    assert worse.seen == {"i1": 0}
    later = flush(Bundle(), [member("escalate", "acknowledge", told=True, said=2)], T0 + 600)
    assert (kinds(later), later.seen) == (["escalate"], {"i1": 2})


@pytest.mark.parametrize(("kind", "waits"), [("reopen", False), ("escalate", False), ("deescalate", True)])
def test_what_people_took_up_again_and_what_gets_worse_does_not_wait_for_the_turn(kind, waits) -> None:
    out = flush(Bundle(interval=300, flushed_at=T0), [member(kind, told=True)], T0 + 60)
    assert (kinds(out), out.again_at) == (([], T0 + 300) if waits else ([kind], None))
    assert not out.turn
    silent = flush(Bundle(), [member(kind, told=True, mute=SILENT)], T0)
    assert kinds(silent) == []


def test_the_first_message_of_a_group_is_of_all_and_names_the_worst() -> None:
    group = [member("open", id="i1"), member("open", id="i2", urgent=True, steps=steps("open", start=7))]
    out = flush(Bundle(grouped=True, interval=300), group, T0)
    assert [(message.incident_id, message.kind) for message in out.messages] == [("i2", "open")]
    assert (out.heard, out.seen, out.turn) == ({"i1", "i2"}, {"i1": 1, "i2": 7}, True)
    newcomers = [member("open", id=name, steps=steps("open", start=9)) for name in ("i3", "i4")]
    later = flush(Bundle(grouped=True, interval=300, flushed_at=T0), [member(told=True), *newcomers], T0 + 300)
    assert [message.incident_id for message in later.messages] == ["i3"]
    assert later.first == ["i3", "i4"]


def test_what_is_critical_waits_for_no_turn() -> None:
    bundle = Bundle(grouped=True, interval=300, flushed_at=T0)
    out = flush(bundle, [member(told=True), member("open", id="i2", urgent=True, joined_at=T0 + 5)], T0 + 5)
    assert kinds(out) == ["open"]


def test_a_grouping_bundle_waits_between_its_messages_but_not_for_what_gets_worse() -> None:
    bundle = Bundle(interval=300, flushed_at=T0)
    newcomer = member("open", id="i2", joined_at=T0 + 50)
    out = flush(bundle, [newcomer, member("update", told=True)], T0 + 60)
    assert (out.messages, out.again_at) == ([], T0 + 300)
    assert kinds(flush(bundle, [member("escalate", told=True)], T0 + 60)) == ["escalate"]
    assert kinds(flush(bundle, [newcomer], T0 + 300)) == ["open"]


def test_no_more_new_incidents_are_told_than_there_is_room_for() -> None:
    many = [member("open", id=f"i{number}") for number in range(5)]
    out = flush(Bundle(room=2), many, T0)
    assert len(out.messages) == 2
    assert [held.mute.why for held in out.held] == [HeldBack.FLOOD] * 3
    assert len(out.seen) == 5
    assert flush(Bundle(), [member("update", seen=1)], T0 + 900).messages == []
    assert kinds(flush(Bundle(), [member("escalate", seen=1)], T0 + 900)) == ["escalate"]


def test_a_group_is_reminded_of_in_one_message() -> None:
    group = [member(id=name, told=True, told_at=T0) for name in ("i1", "i2")]
    out = flush(Bundle(grouped=True, repeat=60), group, T0 + 60)
    assert (out.reminders, out.heard, out.again_at) == (["i1"], {"i1", "i2"}, T0 + 120)


@pytest.mark.parametrize(
    ("more", "now", "reminded", "again"),
    [
        ({}, T0 + 3599, [], T0 + 3600),
        ({}, T0 + 3600, ["i1"], T0 + 7200),
        ({"status": "acknowledged"}, T0 + 9999, [], None),
        ({"mute": SILENT}, T0 + 500, [], T0 + 3600),
        ({"mute": SILENT}, T0 + 9999, [], T0 + 3600),
        ({"mute": Mute(why=HeldBack.INHIBITION, by="i")}, T0 + 9999, [], T0 + 9999 + 3600),
    ],
)
def test_what_nobody_acknowledges_is_said_again(more, now, reminded, again) -> None:
    out = flush(Bundle(repeat=3600), [member(told=True, told_at=T0, **more)], now)
    assert (out.reminders, out.again_at) == (reminded, again)


KINDS = ["update", "escalate", "deescalate", "acknowledge", "resolve", "assign", "reopen"]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 900)), max_size=25),
    st.booleans(),
    st.integers(0, 120),
    st.integers(0, 300),
)
def test_whatever_happens_nothing_is_told_twice_and_an_end_is_told_to_whoever_knew(life, quiet, wait, interval) -> None:
    """Play a life: each entry is a step, whether it is silent then, and the seconds until the next."""
    one, log, bundle, now = member("open", wait=wait), steps("open"), Bundle(interval=interval), T0
    sent = []
    for index, (kind, silent, pause) in enumerate(
        [("open", quiet, 3), *life, ("resolve", False, 2_000), ("comment", False, 0)]
    ):
        over = one.status == "resolved"
        if index and (over is (kind == "reopen") or kind == "comment"):
            log.append(Step(len(log) + 1, f"t{len(log) + 1}", kind))
            status = {"resolve": "resolved", "reopen": "new"}.get(kind, one.status)
            one = replace(one, status=status)
        mute = Mute(why=HeldBack.SILENCE, by="s") if silent else None
        one = replace(one, mute=mute, steps=[step for step in log if step.number > one.seen])
        out = flush(bundle, [one], now)
        assert not (silent and any(message.kind not in ALWAYS for message in out.messages)), "told while silent"
        assert one.status != "resolved" or all(message.kind in ALWAYS for message in out.messages), "told after the end"
        sent += [message.transition_id for message in out.messages]
        one = replace(
            one,
            told=one.told or bool(out.messages),
            seen=out.seen.get("i1", one.seen),
            said=out.said.get("i1", one.said),
        )
        bundle = replace(bundle, flushed_at=now if out.turn else bundle.flushed_at)
        now += pause
    assert len(sent) == len(set(sent)), "told twice"
    ends = [step.transition_id for step in log if step.kind == "resolve"]
    assert not sent or ends[-1] in sent, "an end that whoever knew did not hear"
    assert all(step.number <= one.seen for step in log if step.kind != "comment"), "something is never decided"
