"""The workflow: what may be done, and what brings a group back."""

import itertools

import pytest

from models.triage import ACTIONS, Action, Ignored, Resolved
from rules.release_order import ReleaseOrder
from rules.triage import RefusedError, Seen, act, came_back

STATUSES = ("new", "acknowledged", "in_progress", "resolved", "ignored")
ALLOWED = {
    ("new", "acknowledge"): "acknowledged",
    ("acknowledged", "unacknowledge"): "new",
    ("in_progress", "unacknowledge"): "new",
    ("new", "start"): "in_progress",
    ("acknowledged", "start"): "in_progress",
    ("new", "resolve"): "resolved",
    ("acknowledged", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("ignored", "resolve"): "resolved",
    ("new", "ignore"): "ignored",
    ("acknowledged", "ignore"): "ignored",
    ("in_progress", "ignore"): "ignored",
    ("resolved", "reopen"): "new",
    ("ignored", "reopen"): "new",
}


@pytest.mark.parametrize(("status", "kind"), list(itertools.product(STATUSES, ACTIONS)))
def test_every_action_leads_somewhere_or_is_refused_with_a_reason(status, kind) -> None:
    action = Action(kind=kind)
    if kind in ("assign", "comment"):
        assert act(status, action) == status
    elif (status, kind) in ALLOWED:
        assert act(status, action) == ALLOWED[status, kind]
    else:
        with pytest.raises(RefusedError, match=f"it is {status.replace('_', ' ')}"):
            act(status, action)


def test_doing_it_again_is_told_apart() -> None:
    with pytest.raises(RefusedError, match="acknowledged already"):
        act("acknowledged", Action(kind="acknowledge"))


KNOWN = ReleaseOrder(["red", "green", "blue"])


@pytest.mark.parametrize(
    ("release", "than", "newer"),
    [
        ("blue", "green", True),
        ("red", "green", False),
        ("green", "green", False),
        ("shop@1.10.0", "shop@1.9.3", True),
        ("1.2", "1.2.0", None),
        ("v2.0.0-rc.1", "v2.0.0", False),
        ("2.0.0", "2.0.0-rc.9", True),
        ("2.0.0-rc.10", "2.0.0-rc.9", True),
        ("2025.11.3", "2025.9.30", True),
        ("1.0.0+5", "1.0.0+6", None),
        ("abc", "def", None),
        ("1.0", "purple", None),
        ("0a1b2c3d", "f00", None),
    ],
)
def test_releases_are_ordered_by_what_is_known_else_by_version(release, than, newer) -> None:
    assert KNOWN.newer(release, than) is newer


def seen(releases=None, *, at=200.0, events=10, users=1, last_hour=0) -> Seen:
    return Seen(releases=releases or {None: at}, events=events, users=users, last_hour=last_hour)


FIXED = Resolved(at=100.0)


@pytest.mark.parametrize(
    ("resolved", "what", "back"),
    [
        (FIXED, seen(at=101.0), True),
        (FIXED, seen(at=99.0), False),
        (FIXED, seen({"red": 150.0}), True),
        (Resolved(at=100.0, release="green"), seen({"red": 150.0}), False),
        (Resolved(at=100.0, release="green"), seen({"green": 150.0}), True),
        (Resolved(at=100.0, release="green"), seen({"red": 150.0, "blue": 120.0}), True),
        (Resolved(at=100.0, release="green"), seen({"blue": 90.0}), False),
        (Resolved(at=100.0, release="green"), seen({"purple": 150.0}), False),
        (Resolved(at=100.0, release="green"), seen({None: 150.0}), False),
        (Resolved(at=100.0, after="green"), seen({"green": 150.0}), False),
        (Resolved(at=100.0, after="green"), seen({"red": 150.0}), False),
        (Resolved(at=100.0, after="green"), seen({"blue": 150.0}), True),
        (Resolved(at=100.0, after="green"), seen({"purple": 150.0}), True),
        (Resolved(at=100.0, commit="abc"), seen({"blue": 150.0}), False),
        (Resolved(at=100.0, commit="abc", release="blue"), seen({"blue": 150.0}), True),
    ],
)
def test_only_what_holds_the_fix_is_a_regression(resolved, what, back) -> None:
    assert (came_back(resolved, what, KNOWN) is not None) is back


@pytest.mark.parametrize(
    ("ignored", "what", "why"),
    [
        (Ignored(at=100.0), seen(events=10**9), None),
        (Ignored(at=100.0, until=150.0), seen(at=149.9), None),
        (Ignored(at=100.0, until=150.0), seen(at=150.0), "until then"),
        (Ignored(at=100.0, events=5, had_events=10), seen(events=14), None),
        (Ignored(at=100.0, events=5, had_events=10), seen(events=15), "5 more since"),
        (Ignored(at=100.0, users=2, had_users=3), seen(users=5), "2 more users"),
        (Ignored(at=100.0, users=2, had_users=3), seen(users=4), None),
        (Ignored(at=100.0, per_hour=50), seen(last_hour=50), None),
        (Ignored(at=100.0, per_hour=50), seen(last_hour=51), "51 in 1 h"),
        (Ignored(at=100.0, until=900.0, events=1), seen(events=1), "1 more"),
    ],
)
def test_whichever_condition_comes_first_ends_ignoring(ignored, what, why) -> None:
    reason = came_back(ignored, what, KNOWN)
    assert reason is None if why is None else why in (reason or "")
