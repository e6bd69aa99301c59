"""A keyed agent's working memory: what is written back, in which order, and for whom."""

import math

import pytest

from streams.keyed import MANY, KeyedStates
from streams.stores import fenced
from streams.topics import partition_of

PARTITIONS = 4


class Changelog(dict):
    """A table as the agent sees it, which remembers the order of writes."""

    def __init__(self):
        super().__init__()
        self.log = []

    @property
    def data(self):
        return self

    def __setitem__(self, key, value):
        self.log.append(key)
        super().__setitem__(key, value)

    def __delitem__(self, key):
        self.log.append(("deleted", key))
        super().__delitem__(key)


@pytest.fixture
def table():
    return Changelog()


def states_of(table, generation=7):
    return KeyedStates(table, "dedupe", PARTITIONS, lambda state: state.get("d", math.inf), lambda: generation)


def key_in(partition: int) -> str:
    return next(f"k{i}" for i in range(1000) if partition_of(f"k{i}", PARTITIONS) == partition)


def leased(states, partition=1):
    states.assigned(partition)
    return states.lease(partition)


def test_there_is_no_lease_for_a_partition_that_is_not_ours(table):
    states = states_of(table)
    assert states.lease(1) is None
    lease = leased(states)
    assert states.holds(lease)
    states.revoked(1)
    assert states.lease(1) is None
    assert not states.holds(lease)


def test_changes_are_seen_at_once_and_written_with_the_position_last(table):
    states = states_of(table)
    lease = leased(states)
    states.put(lease, "a", {"n": 1})
    states.put(lease, "b", {"n": 2})
    assert states.get(lease, "a") == {"n": 1}
    assert table.log == []
    lease.position = 42
    assert states.write_back(lease, now=10.0, every=1.0) == 42
    assert table.log == [b"a", b"b", b"@dedupe/1"]
    assert states.get(lease, "b") == {"n": 2}


def test_writes_come_at_most_every_so_often_and_only_where_something_changed(table):
    states = states_of(table)
    lease = leased(states)
    lease.position = 5
    assert states.write_back(lease, 10.0, 1.0) == 5
    lease.position = 6
    assert states.write_back(lease, 10.5, 1.0) is None
    assert states.write_back(lease, 11.0, 1.0) == 6
    assert states.write_back(lease, 20.0, 1.0) is None


def test_many_changed_keys_are_not_kept_waiting(table):
    states = states_of(table)
    lease = leased(states)
    assert states.write_back(lease, 10.0, 3.0) == 0
    lease.position = 7
    for number in range(MANY - 1):
        states.put(lease, f"k{number}", {"n": number})
    assert states.write_back(lease, 10.5, 3.0) is None
    states.put(lease, "one more", {"n": 0})
    assert states.write_back(lease, 10.5, 3.0) == 7


def test_a_deleted_key_leaves_a_tombstone(table):
    states = states_of(table)
    lease = leased(states)
    states.put(lease, "a", {"n": 1})
    states.write_back(lease, 10.0, 1.0)
    states.put(lease, "a", None)
    assert states.get(lease, "a") is None
    states.put(lease, "never stored", None)
    states.write_back(lease, 20.0, 1.0)
    assert ("deleted", b"a") in table.log
    assert ("deleted", b"never stored") not in table.log


async def test_a_new_assignment_starts_from_what_was_written(table):
    states = states_of(table)
    lease = leased(states)
    lease.position = 9
    states.put(lease, "a", {"n": 1})
    states.write_back(lease, 10.0, 1.0)
    states.put(lease, "a", {"n": 2})
    lease.position = 12
    again = leased(states)
    assert not states.holds(lease)
    assert (again.position, states.get(again, "a"), await states.stored_position(1)) == (9, {"n": 1}, 9)


async def test_without_a_stored_position_reading_starts_at_the_beginning(table):
    assert await states_of(table).stored_position(3) == 0


def test_the_generation_never_goes_back(table):
    """Given a group that Kafka forgot and counts from 1 again, then what we write still wins over what is there."""
    dict.__setitem__(table, b"@dedupe/1", fenced(50, b"3"))
    assert leased(states_of(table, generation=2)).generation == 51
    assert leased(states_of(table, generation=60)).generation == 60


def test_keys_come_due_once_each_also_after_an_assignment(table):
    states = states_of(table)
    key = key_in(1)
    lease = leased(states)
    for due in (5.0, 7.0, 5.0):
        states.put(lease, key, {"d": due})
    assert states.due_keys(lease, 4.9) == []
    assert states.due_keys(lease, 7.0) == [key]
    assert states.due_keys(lease, 7.0) == []
    states.put(lease, key, {"d": 9.0})
    lease.position = 1
    states.write_back(lease, 10.0, 1.0)
    assert states.due_keys(leased(states), 9.0) == [key]
    assert states.due_keys(leased(states, 2), 9.0) == []


def test_a_key_that_is_put_off_again_and_again_stays_one_entry(table):
    states = states_of(table)
    lease = leased(states)
    for due in range(1000):
        states.put(lease, "k", {"d": 100.0 + due})
    assert len(lease.due) == 1
    assert states.due_keys(lease, 500.0) == []
    assert states.due_keys(lease, 1099.0) == ["k"]


def test_a_key_that_comes_due_earlier_is_looked_at_earlier(table):
    states = states_of(table)
    lease = leased(states)
    states.put(lease, "k", {"d": 100.0})
    states.put(lease, "k", {"d": 50.0})
    assert states.due_keys(lease, 60.0) == ["k"]
    assert states.due_keys(lease, 200.0) == []
