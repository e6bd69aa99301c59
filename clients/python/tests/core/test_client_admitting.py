"""Which errors become events, and how many of them."""

import random
import time
import urllib.error

import pytest

import seawall_client
from seawall_client.admitting import Sampling
from seawall_client.events.draft import Draft
from seawall_client.options import Moment
from seawall_client.storm import StormGuard


class Gone(LookupError):
    pass


def sent(client, gateway):
    assert client.flush(10)
    return gateway.events


@pytest.mark.parametrize(
    ("ignored", "is_sent"),
    [
        ([Gone], False),
        ([LookupError], False),
        (["Gone"], False),
        (["LookupError"], False),
        ([f"{__name__}.Gone"], False),
        ([lambda error: "order" in str(error)], False),
        ([KeyError, "Other", lambda error: False], True),
        (["gone"], True),
    ],
)
def test_ignored_errors(client, gateway, ignored, is_sent):
    made = client(ignore_errors=ignored)
    assert (made.capture_exception(Gone("order 7")) is not None) == is_sent
    assert len(sent(made, gateway)) == is_sent


def test_the_same_exception_is_one_event(client, gateway):
    made = client()
    error = Gone("order 7")
    first = made.capture_exception(error)
    try:
        try:
            raise error
        except Gone:
            assert made.capture_exception() == first
            raise
    except Gone:
        assert made.capture_exception() == first
    assert len(sent(made, gateway)) == 1


def test_an_exception_object_that_is_raised_again_much_later_is_another(client, gateway, monkeypatch):
    made = client()
    error = Gone("cached")
    now = time.time()
    first = made.capture_exception(error)
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert made.capture_exception(error) not in {None, first}
    assert len(sent(made, gateway)) == 2


def test_what_it_led_to_is_another_event(client, gateway):
    made = client()
    first = Gone("a")
    made.capture_exception(first)
    second = ValueError("b")
    second.__cause__ = first
    made.capture_exception(second)
    assert len(sent(made, gateway)) == 2


def test_exceptions_are_not_kept_alive(client, gateway):
    import gc
    import weakref

    made = client()

    def fail():
        error = Gone("a")
        made.capture_exception(error)
        return weakref.ref(error)

    reference = fail()
    made.flush(10)
    gc.collect()
    assert reference() is None


def test_an_exception_from_the_network_is_told(client, gateway):
    """It is a file as well, whose attributes are another object's."""
    made = client()
    assert made.capture_exception(urllib.error.HTTPError("http://h", 500, "down", {}, None))
    assert sent(made, gateway)[0]["error_type"] == "HTTPError"


def moment(trace_id):
    return Moment(error=None, message=None, severity="error", logger=None, transaction=None, trace_id=trace_id)


def test_a_share_is_sent_and_traces_share_their_fate():
    sampling = Sampling(0.25, None)
    ids = random.Random(0)
    traces = [f"{ids.getrandbits(128):032x}" for _ in range(4_000)]
    kept = [trace for trace in traces if sampling.keeps(moment(trace), "0")]
    assert 800 < len(kept) < 1_200
    assert kept == [trace for trace in traces if sampling.keeps(moment(trace), "f" * 32)]
    more = Sampling(0.5, None)
    assert all(more.keeps(moment(trace), "0") for trace in kept)


@pytest.mark.parametrize(("rate", "kept"), [(0.0, False), (1.0, True), (True, True), (False, False)])
def test_a_sampler_decides_for_one_event(rate, kept):
    assert Sampling(1.0, lambda moment: rate).keeps(moment("f" * 32), "0") == kept


def test_a_sampler_knows_the_error(client, gateway):
    seen = []

    def sampler(moment):
        seen.append(moment)
        return not isinstance(moment.error, Gone)

    made = client(sampler=sampler)
    with seawall_client.isolation_scope() as scope:
        scope.set_transaction("GET /")
        assert made.capture_exception(Gone("a")) is None
        assert made.capture_exception(ValueError("b"))
    assert [(type(one.error), one.transaction) for one in seen] == [(Gone, "GET /"), (ValueError, "GET /")]
    (event,) = sent(made, gateway)
    assert event["extra"]["seawall"]["dropped"] == {"sampled": 1}


def test_before_send_changes_and_drops(client, gateway):
    def before_send(event):
        if event["error_type"] == "KeyError":
            return None
        event["tags"]["checked"] = "yes"
        event["extra"]["password"] = "hunter2"
        return event

    made = client(before_send=before_send)
    made.capture_exception(KeyError("a"))
    made.capture_exception(ValueError("b"))
    (event,) = sent(made, gateway)
    assert event["tags"]["checked"] == "yes"
    assert event["extra"]["password"] == "[password]"
    assert event["exception"][0]["type"] == "ValueError"


def test_a_before_send_that_logs_errors_does_not_run_in_circles(client, gateway):
    import logging

    def before_send(event):
        logging.getLogger("shop").error("in before_send")
        return event

    made = client(before_send=before_send, hooks=("logging",))
    made.capture_exception(KeyError("a"))
    assert len(sent(made, gateway)) == 1


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def test_the_first_of_a_storm_are_whole_and_the_others_are_counted():
    clock = Clock()
    guard = StormGuard(per_second=10, burst=5, clock=clock)
    verdicts = [guard.admit("a") for _ in range(100)]
    assert verdicts[:5] == [True] * 5
    example = Draft({})
    verdicts[5].keep(example)
    assert verdicts[6:] == [False] * 94
    assert guard.due() == []
    clock.now += 1.5
    assert guard.due() == [(example, 94, 1.5)]
    assert not guard.waiting()
    assert guard.admit("a") is True


def test_an_example_that_comes_after_it_was_asked_for_is_not_lost(client, gateway):
    """As where another thread flushes while the event is made."""
    made = client(burst=1, max_per_second=0)
    made.capture_message("first")
    assert made.flush(20)

    class Slow:
        def __str__(self):
            made._storm.due(all_of_them=True)
            return "slow"

    made.capture_message("second", tags={"how": Slow()})
    assert made.flush(20)
    assert [event["message"] for event in gateway.wait(2)] == ["first", "second"]


def test_each_kind_has_its_example():
    guard = StormGuard(per_second=1, burst=1, clock=Clock())
    assert guard.admit("a") is True
    for kind in "abc":
        held = guard.admit(kind)
        held.keep(Draft({"kind": kind}))
        assert guard.admit(kind) is False
    told = guard.due(all_of_them=True)
    assert [(draft.fields["kind"], count) for draft, count, _ in told] == [("a", 1), ("b", 1), ("c", 1)]


def test_kinds_without_end_are_bounded():
    guard = StormGuard(per_second=1, burst=1, clock=Clock())
    verdicts = [guard.admit(number) for number in range(10_000)]
    assert verdicts.count(None) > 9_000


def test_a_storm_of_ten_thousand(client, gateway):
    made = client(burst=50, max_per_second=10)

    def fail(number):
        raise Gone(f"order {number}")

    for number in range(10_000):
        try:
            fail(number)
        except Gone:
            assert made.capture_exception()
    events = sent(made, gateway)
    suppressed = sum(event["extra"].get("seawall", {}).get("suppressed", 0) for event in events)
    assert len(events) + suppressed == 10_000
    assert 50 < len(events) < 1_000
    assert made.losses.totals() == {}


def test_log_records_of_one_place_are_one_kind(client, gateway):
    import logging

    made = client(burst=1, max_per_second=0, hooks=("logging",))
    logger = logging.getLogger("shop")
    for number in range(100):
        logger.error(f"order {number} lost")
    events = sent(made, gateway)
    assert len(events) == 2
    assert events[1]["extra"]["seawall"]["suppressed"] == 98
