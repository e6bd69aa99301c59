"""The spool on a real disk: what was appended comes out once, in order, whatever happened in between."""

import resource
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import spool as spool_module
from gateway.publishing import Written
from gateway.spool import Spool, SpoolFullError


def record(number, size=10):
    return Written(b"x" * size + str(number).encode(), str(number).encode(), [("a", b"b"), ("n", str(number).encode())])


def opened(folder, limit=1_000_000):
    made = Spool(folder, limit)
    made.open()
    return made


def drained(spool, limit=1):
    """All of it, batch by batch."""
    found = []
    while spool.size:
        some, position = spool.read(limit)
        found += some
        spool.forget(position)
    return found


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 400)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["append", "send", "crash", "torn"]), max_size=25), st.integers(1, 2_000))
def test_every_record_comes_out_in_order_through_crashes(tmp_path_factory, steps, limit):
    """A crash between sending and forgetting repeats records, and never loses or reorders any."""
    folder = tmp_path_factory.mktemp("spool")
    spool, appended, sent, number = opened(folder), [], [], 0
    for step in steps:
        if step == "append":
            some = [record(number + offset, size=(number * 37) % 150) for offset in range(3)]
            number += 3
            spool.append(some)
            appended += some
        elif step == "send" and spool.size:
            some, position = spool.read(limit)
            sent += some
            spool.forget(position)
        else:
            if step == "torn" and (segments := sorted((folder / "0").glob("*.log"))):
                with segments[-1].open("ab") as file:  # what nobody was told of
                    file.write(b"\0\0\0\x20half of an entry")
            if spool.size:
                spool.read(limit)  # sent, and not forgotten
            spool.close()
            spool = opened(folder)
        assert spool.size >= 0
        assert (spool.size == 0) == (len(sent) == len(appended))
    sent += drained(spool)
    assert sent == appended
    assert sum(path.stat().st_size for path in (folder / "0").glob("*.log")) < 1_500  # and what is sent takes no room
    spool.close()


def test_it_is_bounded(tmp_path):
    spool = opened(tmp_path, limit=500)
    spool.append([record(1, size=300)])
    assert spool.has_room
    with pytest.raises(SpoolFullError):
        spool.append([record(2, size=300)])
    assert drained(spool) == [record(1, size=300)]
    spool.append([record(3, size=300)])
    assert drained(spool) == [record(3, size=300)]


def test_each_process_has_a_folder_of_its_own(tmp_path):
    first, second = opened(tmp_path), opened(tmp_path)
    first.append([record(1)])
    second.append([record(2)])
    first.close()
    third = opened(tmp_path)
    assert drained(third) == [record(1)]
    assert drained(second) == [record(2)]


def test_what_gateways_that_are_gone_have_left_is_found(tmp_path):
    some = [opened(tmp_path) for _ in range(3)]
    for number, one in enumerate(some):
        one.append([record(number)])
    assert some[0].orphan() is None
    some[2].close()  # as when its process was killed
    orphan = some[0].orphan()
    assert drained(orphan) == [record(2)]
    assert some[0].orphan() is None
    orphan.close()
    assert some[0].orphan() is None
    assert drained(some[0]) == [record(0)]


def test_a_damaged_entry_costs_no_more_than_its_segment(tmp_path):
    spool = opened(tmp_path)
    for number in range(8):
        spool.append([record(number, size=150)])
    spool.close()
    segments = sorted((tmp_path / "0").glob("*.log"))
    data = bytearray(segments[0].read_bytes())
    data[20] ^= 0xFF
    segments[0].write_bytes(data)
    assert drained(opened(tmp_path)) == [record(number, size=150) for number in range(3, 8)]  # three were in it


def test_a_disk_that_takes_no_more_loses_nothing_that_was_safe(tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 1_000_000)
    spool = opened(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    kept = [record(number, size=3_000) for number in range(5)]
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        for one in kept[:3]:
            spool.append([one])
        with pytest.raises(OSError, match="File too large"):
            spool.append([kept[3]])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    spool.append([kept[4]])
    found, position = spool.read(10)
    spool.forget(position)
    spool.close()
    assert found + drained(opened(tmp_path)) == [*kept[:3], kept[4]]
