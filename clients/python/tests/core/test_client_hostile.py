"""Nothing that a program can throw at the client comes back to the program."""

import datetime as dt
import gc
import json
import string
import sys
import threading
import weakref

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seawall_client
from seawall_client.events.trees import Budget, tree_of


class Broken:
    def __init__(self, raises):
        self.raises = raises

    def __repr__(self):
        raise self.raises

    __str__ = __repr__


class Endless(dict):
    def __len__(self):
        return 3

    def __iter__(self):
        number = 0
        while True:
            yield number
            number += 1

    def __getitem__(self, key):
        return key


class Liar:
    __class__ = dict

    def __getattr__(self, name):
        raise RuntimeError(name)


class Text(str):
    def __str__(self):
        raise RuntimeError

    def __len__(self):
        return 10**9


class LoudError(Exception):
    def __str__(self):
        seawall_client.capture_exception(LoudError())
        return "loud"


class UglyError(Exception):
    def __init__(self, raises):
        self.raises = raises

    def __str__(self):
        raise self.raises


def cyclic():
    made = {"list": []}
    made["list"].append(made)
    return made


def deep():
    made = []
    for _ in range(100_000):
        made = [made]
    return made


VALUES = {
    "broken": Broken(ValueError()),
    "exits": Broken(SystemExit(1)),
    "recursion": Broken(RecursionError()),
    "memory": Broken(MemoryError()),
    "endless": Endless(a=1),
    "liar": Liar(),
    "text": Text("x"),
    "cyclic": cyclic(),
    "deep": deep(),
    "huge text": "x" * 10_000_000,
    "huge list": list(range(1_000_000)),
    "huge number": 10**10_000,
    "int64": 2**63,
    "nan": float("nan"),
    "infinite": [float("inf"), -float("inf")],
    "surrogate": "\ud800",
    "nul": "a\0b",
    "bytes": b"\xff" * 1_000_000,
    "keys": {1: 2, None: 3, (4, 5): 6, Broken(ValueError()): 7, "\udfff": 8},
    "set": {1, "a"},
    "class": Broken,
    "module": string,
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_any_kind_are_told(client, gateway, name):
    made = client()
    assert made.capture_exception(KeyError("x"), extra={"value": VALUES[name]}, tags={"value": VALUES[name]})
    assert made.flush(10)
    (event,) = gateway.wait()
    assert "value" in event["extra"]
    assert made.losses.totals() == {}


@pytest.mark.parametrize("raises", [ValueError(), SystemExit(1), RecursionError(), MemoryError(), GeneratorExit()])
def test_exceptions_whose_text_cannot_be_had_are_told(client, gateway, raises):
    made = client()
    assert made.capture_exception(UglyError(raises))
    made.flush(10)
    (event,) = gateway.wait()
    assert event["error_type"] == "UglyError"
    assert "raised" in event["message"]


def test_ctrl_c_is_still_one(client):
    made = client()
    with pytest.raises(KeyboardInterrupt):
        made.capture_exception(UglyError(KeyboardInterrupt()))


def test_exceptions_that_capture_themselves_end(client, gateway):
    made = client()
    assert made.capture_exception(LoudError())
    made.flush(10)
    assert len(gateway.wait()) <= 3


class Closed(Exception):
    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __setattr__(self, name, value):
        raise RuntimeError(name)


def _broken(self):
    raise RuntimeError


class Misleading(Exception):
    __cause__ = __context__ = __traceback__ = __dict__ = __notes__ = exceptions = property(_broken)


@pytest.mark.parametrize("kind", [Closed, Misleading, type("BaseExceptionGroup", (Misleading,), {})])
def test_exceptions_that_hide_their_attributes(client, gateway, kind):
    made = client()
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise kind("x")
    except kind as error:
        captured = [made.capture_exception(error), made.capture_exception(error)]
    (event,) = gateway.wait(1)
    assert captured == [event["event_id"]] * 2
    assert event["error_type"] == kind.__name__
    assert [one["type"] for one in event["exception"]] == ["KeyError", kind.__name__]
    assert event["exception"][1]["frames"]
    assert made.losses.totals() == {}


def test_nothing_is_raised_at_the_end_of_the_stack(client, gateway):
    client(burst=1_000)
    raised = []

    def dive(depth):
        try:
            dive(depth + 1)
        except RecursionError:
            pass
        try:
            raise KeyError(depth)
        except KeyError:
            try:
                seawall_client.capture_exception()
            except RecursionError as error:
                raised.append((depth, error.__traceback__.tb_next))

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        dive(0)
    finally:
        sys.setrecursionlimit(limit)
    assert all(within is None for _, within in raised), raised  # where nothing can be called at all
    assert len(raised) <= 1


def test_an_error_at_the_end_of_the_stack_is_told(client, gateway):
    made = client()

    def dive():
        try:
            dive()
        except RecursionError as error:
            made.capture_exception(error)
            raise

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        with pytest.raises(RecursionError):
            dive()
    finally:
        sys.setrecursionlimit(limit)
    made.flush(10)
    assert gateway.wait()[0]["error_type"] == "RecursionError"


def test_functions_of_the_users_may_fail(client, gateway):
    def fail(*_):
        raise RuntimeError

    made = client(ignore_errors=[fail], sampler=fail)
    scope = seawall_client.Scope()
    assert made.capture_exception(KeyError("x"), scope=scope)
    made.flush(10)
    assert len(gateway.wait()) == 1


@pytest.mark.parametrize("answer", [7, "text", {"extra": object()}, {}, {"message": {1, 2}}, {"exception": 5}])
def test_whatever_before_send_gives(client, gateway, answer):
    made = client(before_send=lambda event: answer)
    made.capture_exception(KeyError("x"))
    made.capture_exception(KeyError("y"))
    assert made.flush(10)


def test_whatever_is_handed_over_is_not_raised_at(client, gateway):
    client()
    for event in (None, 5, "text", [1], Liar()):
        assert seawall_client.capture_event(event) is None
    seawall_client.set_tags(None)
    seawall_client.set_tags("text")
    seawall_client.set_tag([], 1)
    seawall_client.set_extra({}, 1)
    seawall_client.set_user(Liar())
    seawall_client.set_user(None)
    assert seawall_client.capture_message("still here")
    assert gateway.wait(1)[0]["message"] == "still here"


def test_hooks_are_called_on_whatever_they_are_told_of(client, gateway, monkeypatch):
    class Callback:
        def __call__(self, reference):
            raise KeyError("in a callback")

        def __getattr__(self, name):
            raise RuntimeError(name)

    class Nameless(threading.Thread):
        name = property(lambda self: 1 / 0, lambda self, value: None)

    class Referred:
        pass

    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: told.append(type(args.exc_value)))
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))
    client(hooks=("unraisable", "threading"))
    referred = Referred()
    reference = weakref.ref(referred, Callback())
    del referred
    gc.collect()
    threading.excepthook(threading.ExceptHookArgs((ValueError, ValueError("x"), None, Nameless())))
    assert reference() is None
    assert told == [KeyError, ValueError]
    assert gateway.wait(1)[0]["error_type"] == "KeyError"


def test_a_scope_that_cannot_be_asked_costs_no_event(client, gateway):
    made = client()
    scope = seawall_client.Scope()
    scope.request = scope.user = scope.transaction = lambda: 1 / 0
    assert made.capture_exception(KeyError("x"), scope=scope)
    made.flush(10)
    (event,) = gateway.wait()
    assert event["message"] == "'x'"
    assert not {"request", "user_id", "transaction"} & set(event)


def test_a_scope_that_cannot_be_read_costs_one_event(client, gateway):
    made = client()
    scope = seawall_client.Scope()
    scope.tags = 17
    assert made.capture_exception(KeyError("x"), scope=scope) is None
    assert made.capture_exception(KeyError("y"))
    made.flush(10)
    assert gateway.wait()[0]["extra"]["seawall"]["dropped"] == {"failed": 1}


def test_many_threads_at_once(client, gateway):
    made = client(max_per_second=1e9, queue_size=100_000)

    def fail(number):
        for _ in range(50):
            with seawall_client.push_scope() as scope:
                scope.set_tag("number", number)
                made.capture_exception(KeyError(number))

    threads = [threading.Thread(target=fail, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.flush(20)
    events = gateway.wait(400)
    assert len({event["event_id"] for event in events}) == 400
    assert all(event["tags"]["number"] == event["exception"][0]["value"] for event in events)


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters()),
        st.binary(),
        st.dates(),
        st.uuids(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner, max_size=8),
        st.tuples(inner),
    ),
    max_leaves=40,
)


@given(ANYTHING)
@settings(max_examples=100, deadline=None)
def test_any_value_is_json(value):
    made = tree_of(value, Budget(seconds=60))
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (0, "1970-01-01T00:00:00Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-01-02T01:04:05Z"),
        *((told, None) for told in (float("nan"), float("inf"), 1e300, -(10**400), [], dt.datetime.max, dt.date.max)),
    ],
)
def test_an_event_has_a_moment(client, gateway, told, expected):
    client().capture_event({"message": "m", "timestamp": told})
    (event,) = gateway.wait(1)
    moment = dt.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    assert moment.tzinfo is not None
    assert expected is None or event["timestamp"] == expected


@given(fields=st.dictionaries(st.sampled_from(
    ["message", "severity", "tags", "extra", "exception", "request", "fingerprint", "line_number", "user", "timestamp",
     "trace_id", "stack_trace", "handled", "other"]), ANYTHING))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_event_fits_the_schema(client, gateway, fields):
    made = seawall_client.current_client() or client(max_per_second=1e9)
    made.capture_event(fields)
    assert made.flush(10)
    assert made.losses.totals() == {}
    assert not gateway.broken, gateway.broken
