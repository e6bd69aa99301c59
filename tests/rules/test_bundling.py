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
    given_ = {"id": "i1", "status": "resolved" if "resolve" in kinds else "new", "opened_at": T0, "told": told}
    return Member(steps=steps(*kinds), **(given_ | more))


def kinds(out):
    return [message.kind for message in out.messages]


def test_a_new_incident_is_told_at_once_and_in_one_message() -> None:
    out = flush(Bundle(), [member("open", "update", "escalate")], T0)
    assert [(message.transition_id, message.kind) for message in out.messages] == [("t1", "open")]
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
    out = flush(Bundle(), [member("escalate", "acknowledge", "update", "update", "resolve", told=True)], T0)
    assert kinds(out) == ["escalate", "acknowledge", "update", "resolve"]
    assert out.seen == {"i1": 5}


def test_of_many_changes_of_severity_the_last_is_told() -> None:
    out = flush(Bundle(), [member("escalate", "deescalate", "escalate", told=True)], T0)
    assert [message.transition_id for message in out.messages] == ["t3"]


def test_a_silence_holds_back_and_lets_through_what_people_must_know() -> None:
    before = flush(Bundle(), [member("open", mute=SILENT)], T0)
    assert (before.messages, before.again_at, before.seen) == ([], T0 + 600, {})
    assert [held.mute.by for held in before.held] == ["s1"]
    known = flush(Bundle(), [member("escalate", "acknowledge", "resolve", told=True, mute=SILENT)], T0)
    assert kinds(known) == ["acknowledge", "resolve"]
    assert [held.step.kind for held in known.held] == ["escalate"]


def test_what_was_held_back_is_told_when_the_silence_ends_if_it_is_still_so() -> None:
    held = member("open", "escalate", mute=SILENT)
    out = flush(Bundle(), [replace(held, mute=None)], T0 + 600)
    assert kinds(out) == ["open"]
    worse = flush(Bundle(), [member("escalate", told=True, mute=SILENT)], T0)
    assert worse.seen == {}
    assert kinds(flush(Bundle(), [member("escalate", told=True)], T0 + 600)) == ["escalate"]


def test_a_grouping_bundle_waits_between_its_messages_but_not_for_what_gets_worse() -> None:
    bundle = Bundle(interval=300, flushed_at=T0)
    newcomer = member("open", id="i2", opened_at=T0 + 50)
    out = flush(bundle, [newcomer, member("update", told=True)], T0 + 60)
    assert (out.messages, out.again_at) == ([], T0 + 300)
    assert kinds(flush(bundle, [member("escalate", told=True)], T0 + 60)) == ["escalate"]
    assert kinds(flush(bundle, [newcomer], T0 + 300)) == ["open"]


def test_no_more_new_incidents_are_told_than_there_is_room_for() -> None:
    many = [member("open", id=f"i{number}") for number in range(5)]
    out = flush(Bundle(room=2), many, T0)
    assert len(out.messages) == 2
    assert [held.mute.why for held in out.held] == [HeldBack.FLOOD] * 3


@pytest.mark.parametrize(
    ("more", "now", "reminded", "again"),
    [
        ({}, T0 + 3599, [], T0 + 3600),
        ({}, T0 + 3600, ["i1"], T0 + 7200),
        ({"status": "acknowledged"}, T0 + 9999, [], None),
        ({"mute": SILENT}, T0 + 500, [], T0 + 600),
    ],
)
def test_what_nobody_acknowledges_is_said_again(more, now, reminded, again) -> None:
    out = flush(Bundle(repeat=3600), [member(told=True, told_at=T0, **more)], now)
    assert (out.reminders, out.again_at) == (reminded, again)


KINDS = ["update", "escalate", "deescalate", "acknowledge", "resolve", "assign"]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 900)), max_size=25),
    st.integers(0, 120),
    st.integers(0, 300),
)
def test_whatever_happens_nothing_is_told_twice_and_an_end_is_told_to_whoever_knew(life, wait, interval) -> None:
    """Play a life: each entry is a step, whether it is silent then, and the seconds until the next."""
    now, log, seen, told, flushed_at, sent, status = T0, steps("open"), 0, False, 0.0, [], "new"
    events = [*life, ("resolve", False, 0)]
    for index, (kind, silent, pause) in enumerate(events):
        if index and status != "resolved":
            log.append(Step(len(log) + 1, f"t{len(log) + 1}", kind))
            status = "resolved" if kind == "resolve" else status
        one = Member(
            id="i1",
            status=status,
            opened_at=T0,
            steps=[step for step in log if step.number > seen],
            told=told,
            seen=seen,
            wait=wait,
            mute=Mute(why=HeldBack.SILENCE, by="s") if silent else None,
        )
        out = flush(Bundle(interval=interval, flushed_at=flushed_at), [one], now)
        for message in out.messages:
            assert not (silent and message.kind not in ALWAYS), "told while silent"
        sent += [message.transition_id for message in out.messages]
        if out.messages:
            told, flushed_at = True, now
        seen = out.seen.get("i1", seen)
        now += pause
    assert len(sent) == len(set(sent)), "told twice"
    ended = next((step.transition_id for step in log if step.kind == "resolve"), None)
    if told and ended:
        assert sent[-1] == ended or ended in sent, "an end that whoever knew was not told of"
    if sent:
        assert sent[0] == "t1", "the first message is of its opening"
