"""Holes and repeats: what an agent does with a batch, given its position."""

import random
from dataclasses import dataclass

import pytest

from streams.continuity import Batch, Continuity, Verdict


@dataclass
class Record:
    offset: int
    value: bytes | None = b"."


def batch(first: int, count: int = 10, epoch: int = 1) -> Batch[Record]:
    records = [Record(offset) for offset in range(first, first + count)]
    return Batch("errors", 0, records, first, first + count, epoch, 10_000)


@pytest.mark.parametrize(
    ("first", "position", "verdict"),
    [
        (0, None, Verdict.TAKE),
        (10, 10, Verdict.TAKE),
        (5, 10, Verdict.TAKE),
        (0, 50, Verdict.TAKE),
        (11, 10, Verdict.REWIND),
    ],
)
def test_a_batch_is_taken_unless_it_starts_above_the_position(first, position, verdict):
    assert Continuity().judge(batch(first), position) is verdict


def test_batches_fetched_before_the_rewind_are_left_alone():
    continuity = Continuity()
    assert continuity.judge(batch(20, epoch=3), 10) is Verdict.REWIND
    assert continuity.judge(batch(30, epoch=3), 10) is Verdict.STALE


def test_a_hole_that_reading_again_did_not_fill_is_a_gap():
    continuity = Continuity()
    continuity.judge(batch(20, epoch=3), 10)
    assert continuity.judge(batch(20, epoch=4), 10) is Verdict.GAP


def test_after_a_batch_was_done_the_next_hole_is_a_new_one():
    continuity = Continuity()
    continuity.judge(batch(20, epoch=3), 10)
    continuity.done(batch(20, epoch=4))
    assert continuity.judge(batch(50, epoch=4), 30) is Verdict.REWIND


def test_partitions_are_judged_apart():
    continuity = Continuity()
    continuity.judge(batch(20), 10)
    other = Batch("errors", 1, [Record(20)], 20, 21, 1, 100)
    assert continuity.judge(other, 10) is Verdict.REWIND


@pytest.mark.parametrize("seed", range(50))
def test_a_consumer_that_loses_and_repeats_batches_at_random_still_brings_every_record_once(seed):
    """Given a topic of 500 records and a consumer that drops, repeats and reorders fetched batches,
    when an agent follows the verdicts, then it processes each offset exactly once and in order."""
    rng = random.Random(seed)
    continuity, position, epoch, read, done, queue = Continuity(), 0, 1, 0, [], []
    for _ in range(20_000):
        if position == 500:
            break
        if rng.random() < 0.7 and read < 500:
            count = min(rng.randint(1, 40), 500 - read)
            if rng.random() > 0.2:
                queue.append(batch(read, count, epoch))
            read += count
        if rng.random() < 0.05:
            read = max(0, read - rng.randint(0, 60))  # a rebalance that seeks back
            epoch += 1
        if not queue and read >= 500:
            read, epoch = position, epoch + 1  # as an assignment does, so that a drop at the very end is found too
        if queue:
            taken = queue.pop(0)
            match continuity.judge(taken, position):
                case Verdict.REWIND:
                    read, epoch = position, epoch + 1
                case Verdict.TAKE:
                    done += [record.offset for record in taken.records if record.offset >= position]
                    position = max(position, taken.next)
                    continuity.done(taken)
                case Verdict.GAP:
                    # The simulated topic has no holes; a fetch after a rewind may still be dropped.
                    read, epoch = position, epoch + 1
    assert done == list(range(500))


@pytest.mark.parametrize(("size", "lengths"), [(1, [1] * 10), (3, [3, 3, 3, 1]), (10, [10]), (0, [1] * 10)])
def test_parts_join_on_to_each_other_and_are_the_whole(size, lengths):
    whole = batch(5)
    parts = list(whole.parts(size))
    assert [len(part.records) for part in parts] == lengths
    assert [record for part in parts for record in part.records] == whole.records
    assert [part.first for part in parts] == [5, *(part.next for part in parts[:-1])]
    assert parts[-1].next == whole.next
    continuity, position = Continuity(), 5
    for part in parts:
        assert continuity.judge(part, position) is Verdict.TAKE
        position = part.next


def test_of_parts_above_a_hole_only_the_first_asks_for_a_rewind():
    continuity = Continuity()
    verdicts = [continuity.judge(part, 10) for part in batch(20).parts(4)]
    assert verdicts == [Verdict.REWIND, Verdict.STALE, Verdict.STALE]


def test_a_record_without_a_value_is_in_a_part_too():
    nothing = Batch("alerts", 0, [Record(1, None), Record(2)], 1, 3, 1, 10)
    assert [part.next for part in nothing.parts(1)] == [3]
