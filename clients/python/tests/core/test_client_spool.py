"""The disk: what could not be sent is kept, in order, whatever happens to processes and files."""

import os
import resource
import shutil
import signal
import zlib

import pytest

import seawall_client

fcntl = pytest.importorskip("fcntl")
from seawall_client.sending.segment import Segment  # noqa: E402
from seawall_client.sending.spool import Spool, SpoolFull  # noqa: E402


def events(*numbers):
    return [b'{"n":%d}' % number for number in numbers]


def read_all(spool):
    found = []
    while (batch := spool.next(2, 10**6)) is not None:
        found.extend(batch[0])
        spool.sent(batch[1])
    return found


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "spool")


def leave(folder, *batches):
    """What a process leaves behind that ends without having sent it."""
    spool = Spool(folder, 10**6)
    for batch in batches:
        spool.append(batch)
    spool.close()
    (name,) = sorted(name for name in os.listdir(folder) if name.endswith(".spool"))[-1:]
    return os.path.join(folder, name)


def test_first_in_first_out(folder):
    spool = Spool(folder, 10**6)
    spool.append(events(1, 2, 3))
    spool.append(events(4))
    assert read_all(spool) == events(1, 2, 3, 4)
    assert os.listdir(folder) == []


def test_the_next_process_goes_on_where_the_last_one_ended(folder):
    leave(folder, events(1, 2, 3))
    second = Spool(folder, 10**6)
    assert second.adopt()
    batch, receipt = second.next(2, 10**6)
    assert batch == events(1, 2)
    second.sent(receipt)
    second.close()
    third = Spool(folder, 10**6)
    third.adopt()
    assert read_all(third) == events(3)


def test_older_segments_come_first(folder):
    for number in range(5):
        leave(folder, events(number))
    spool = Spool(folder, 10**6)
    spool.append(events(5))
    spool.adopt()
    assert read_all(spool) == events(0, 1, 2, 3, 4, 5)


def test_what_has_an_owner_is_left_alone(folder):
    first, second = Spool(folder, 10**6), Spool(folder, 10**6)
    first.append(events(1))
    assert second.adopt() is False
    second.append(events(2))
    assert read_all(second) == events(2)
    assert read_all(first) == events(1)


def test_it_is_bounded_over_all_processes(folder):
    first, second = Spool(folder, 1_000), Spool(folder, 1_000)
    first.append([b"x" * 500])
    with pytest.raises(SpoolFull):
        second.append([b"y" * 500])
    assert len(read_all(first)) == 1
    second.append([b"y" * 500])


def damage(path, change):
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(change(data))


@pytest.mark.parametrize(
    ("change", "left", "damaged"),
    [
        (lambda data: data + b"0000", [1, 2, 3], 1),  # cut off while it was written
        (lambda data: data[:-3], [1, 2], 1),
        (lambda data: data.replace(b'{"n":2}', b'{"n":9}'), [1, 3], 1),
        (lambda data: data.replace(b'{"n":2}', b'{"n"\n:2}'), [1, 3], 2),
        (lambda data: data.replace(b"seawall-spool 1 0", b"seawall-spool 9 x"), [1, 2, 3], 0),
        (lambda data: b"", [], 0),
        (lambda data: os.urandom(10_000), [], None),
        (lambda data: b"\0" * 100_000, [], None),
        (lambda data: data[:37] + b"\xff" * 20 + b"\n" + data[37:], [1, 2, 3], 1),
    ],
)
def test_damage_costs_what_is_damaged(folder, change, left, damaged):
    path = leave(folder, events(1, 2, 3))
    damage(path, change)
    spool = Spool(folder, 10**6)
    spool.adopt()
    assert read_all(spool) == events(*left)
    if damaged is not None:
        assert spool.take_damaged() == damaged
    assert os.listdir(folder) == []


def test_what_is_written_behind_a_torn_line_is_whole(folder):
    path = leave(folder, events(1))
    damage(path, lambda data: data + b"1234abcd {")
    segment = Segment.adopt(path)
    segment.append(events(2))
    batch, _ = segment.read(10, 10**6)
    assert batch == events(1, 2)
    assert segment.damaged == 1


def test_each_line_has_its_checksum(folder):
    path = leave(folder, events(1))
    with open(path, "rb") as file:
        line = file.read().splitlines()[1]
    assert line == b"%08x " % zlib.crc32(events(1)[0]) + events(1)[0]


def test_only_its_owner_may_read_it(folder):
    path = leave(folder, events(1))
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_what_is_closed_is_not_written_to(folder, tmp_path):
    """The file's number may be another file's by then: one of the program's."""
    spool = Spool(folder, 10**6)
    spool.append(events(1, 2))
    _, receipt = spool.next(1, 10**6)
    spool.close()
    with open(tmp_path / "ledger", "wb+", buffering=0) as ledger:  # has the number that has become free
        ledger.write(b"the program's own " * 10)
        with pytest.raises(OSError):
            spool.sent(receipt)
        with pytest.raises(OSError):
            receipt[0].append(events(3))
        ledger.seek(0)
        assert ledger.read() == b"the program's own " * 10


@pytest.mark.parametrize("how", ["file", "link", "pipe", "folder"])
def test_what_is_not_ours_is_left_alone(folder, tmp_path, how):
    leave(folder, events(1))
    name = "0notes.spool" if how == "file" else "00000000000000000001-1-0123abcd.spool"
    foreign, target = os.path.join(folder, name), tmp_path / "notes"
    target.write_bytes(b"somebody's notes\n" * 10)
    if how == "file":
        target.rename(foreign)
    elif how == "link":
        os.symlink(target, foreign)
    elif how == "pipe":
        os.mkfifo(foreign)
    else:
        os.mkdir(foreign)
    spool = Spool(folder, 10**6)
    spool.adopt()
    assert read_all(spool) == events(1)
    assert os.listdir(folder) == [name]
    if how in {"file", "link"}:
        with open(foreign, "rb") as file:
            assert file.read() == b"somebody's notes\n" * 10


def test_a_disk_that_takes_nothing_is_left_as_it_was(folder):
    spool = Spool(folder, 10**6)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        for number in range(3):
            with pytest.raises(OSError):
                spool.append(events(number))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(folder) == []
    spool.append(events(4))
    assert read_all(spool) == events(4)


def test_a_folder_that_is_deleted_is_made_again(folder):
    spool = Spool(folder, 10**6)
    spool.append(events(1))
    shutil.rmtree(folder)
    assert spool.adopt()  # its own file is still open
    spool.append(events(2))
    assert read_all(spool) == events(1, 2)
    shutil.rmtree(folder)
    assert spool.adopt() is False
    spool.append(events(3))
    assert len(os.listdir(folder)) == 1
    assert read_all(spool) == events(3)


def test_damage_is_counted_once(folder):
    path = leave(folder, events(1, 2, 3))
    damage(path, lambda data: data.replace(b'{"n":1}', b'{"n":9}'))
    spool = Spool(folder, 10**6)
    spool.adopt()
    for _ in range(3):  # none of these attempts to send it comes through
        assert spool.next(1, 10**6)[0] == events(2)
    assert read_all(spool) == events(2, 3)
    assert spool.take_damaged() == 1


def spooled(folder):
    return sum(len(files) for _, _, files in os.walk(folder))


def test_an_outage_is_bridged(client, gateway, folder):
    made = client(spool_dir=folder)
    gateway.stop()
    for number in range(30):
        made.capture_message(f"m{number}")
        assert made.flush(10)
    assert spooled(folder) == 1
    gateway.start()
    seawall_client.close()
    client(spool_dir=folder)
    assert [event["message"] for event in gateway.wait(30, timeout=20)] == [f"m{number}" for number in range(30)]
    assert seawall_client.flush(10)


def test_what_comes_while_older_ones_wait_waits_behind_them(client, gateway, folder):
    made = client(spool_dir=folder)
    gateway.answers = [(503, {"Retry-After": "0.3"})]
    made.capture_message("first")
    assert made.flush(10)
    made.capture_message("second")
    assert [event["message"] for event in gateway.wait(2)] == ["first", "second"]


def test_a_full_spool_keeps_the_first_and_counts_the_others(client, gateway, folder):
    made = client(spool_dir=folder, spool_bytes=20_000)
    gateway.stop()
    for number in range(100):
        made.capture_message(f"m{number}", logger=f"l{number}")
        made.flush(10)
    assert 0 < made.losses.totals()["spool_full"] < 100
    gateway.start()
    left = 100 - made.losses.totals()["spool_full"]
    seawall_client.close()
    client(spool_dir=folder)
    assert [event["message"] for event in gateway.wait(left, timeout=20)] == [f"m{number}" for number in range(left)]


def test_a_wrong_key_keeps_them_for_the_right_one(client, gateway, folder):
    made = client(spool_dir=folder)
    right, gateway.key = gateway.key, "another"
    made.capture_message("m")
    assert made.flush(10)
    assert made.losses.totals() == {}
    seawall_client.close()
    gateway.key = right
    client(spool_dir=folder)
    assert len(gateway.wait()) == 1


def test_what_the_disk_does_not_take_waits_in_memory(client, gateway, folder, monkeypatch):
    gateway.stop()
    made = client(spool_dir=folder)

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "append", broken)
    for number in range(5):
        made.capture_message(f"m{number}")
    assert made.flush(1) is False
    gateway.start()
    assert [event["message"] for event in gateway.wait(5)] == [f"m{number}" for number in range(5)]
    gateway.answers = [(503, {"Retry-After": "60"})]
    made.capture_message("at the end")
    made.close(2)
    assert made.losses.totals() == {"spool_broken": 1}


def test_a_disk_that_fails_while_it_is_sent_from_costs_nothing(client, gateway, folder, monkeypatch):
    gateway.stop()
    made = client(spool_dir=folder)
    made.capture_message("m0")
    assert made.flush(10)

    def broken(*_):
        raise OSError(30, "Read-only file system")

    for name in ("pwrite", "unlink", "ftruncate"):
        monkeypatch.setattr(os, name, broken)
    made.capture_message("m1")
    gateway.start()
    events = gateway.wait(2)
    made.capture_message("m2")
    assert made.flush(20)
    assert sorted(event["message"] for event in (*events, *gateway.events[2:])) == ["m0", "m1", "m2"]
    assert made.losses.totals() == {}


def test_another_project_does_not_get_them(client, gateway, folder):
    made = client(spool_dir=folder)
    gateway.stop()
    made.capture_message("m")
    assert made.flush(10)
    seawall_client.close()
    gateway.start()
    other = seawall_client.init(gateway.dsn.replace("/shop", "/other"), spool_dir=folder, hooks=())
    assert other.flush(1)
    assert gateway.requests == 0


def test_a_folder_that_cannot_be_made_costs_nothing(client, gateway, tmp_path):
    (tmp_path / "file").write_text("")
    made = client(spool_dir=str(tmp_path / "file" / "spool"))
    made.capture_message("m")
    assert made.flush(10)
    assert len(gateway.wait()) == 1


KILLED = """
    import sys, time
    import seawall_client
    client = seawall_client.init(spool_dir=sys.argv[1], linger=0, hooks=(), max_per_second=1e9)
    number = 0
    while True:
        client.capture_message(f"{sys.argv[2]} {number}")
        if client.flush(10):
            print(number, flush=True)  # safe from here on
        number += 1
"""


def test_nothing_that_was_on_disk_is_lost_by_a_kill(program, gateway, folder, tmp_path):
    """Four processes share a folder while the gateway is away, and are killed; what they called safe arrives once."""
    gateway.stop()
    safe = {}
    processes = {name: program(KILLED, folder, name, wait=False) for name in "abcd"}
    seen = {name: [process.stdout.readline() for _ in range(10)] for name, process in processes.items()}
    for name, process in processes.items():
        process.send_signal(signal.SIGKILL)
        lines = [*seen[name], *process.communicate()[0].splitlines()]
        safe[name] = int(lines[-1])
    gateway.start()
    reader = seawall_client.init(gateway.dsn, spool_dir=folder, hooks=())
    want = sum(last + 1 for last in safe.values())
    gateway.wait(want, timeout=30)
    assert reader.flush(10)
    seawall_client.close()
    assert spooled(folder) == 0
    for name, last in safe.items():
        told = [event["message"] for event in gateway.events if event["message"].startswith(name)]
        assert told[: last + 1] == [f"{name} {number}" for number in range(last + 1)]
    ids = [event["event_id"] for event in gateway.events]
    assert len(ids) == len(set(ids))
