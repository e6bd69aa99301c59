"""The record before the position is seen again after every sign that the topic may be another one."""

from sinks.postgres.batches import Position
from streams.continuity import Batch, Verdict
from streams.doubts import Doubts
from tests.streams.test_fresh_topic import Record, batch

TP = ("errors", 0)
AT_10 = Position(0, 10, 1009, 1)


class Signs:
    count = 0

    def __call__(self) -> int:
        return self.count


def fetched(first: int, epoch: int, highwater: int = 1000) -> Batch[Record]:
    plain = batch(first, 5, highwater=highwater)
    return Batch("errors", 0, plain.records, plain.first, plain.next, epoch, highwater)


def calm() -> tuple[Doubts, Signs]:
    """An assignment whose first batch began one record before the position."""
    signs = Signs()
    doubts = Doubts(signs)
    doubts.assigned(TP, 1)
    assert doubts.judge(fetched(9, 1), AT_10) is Verdict.TAKE
    return doubts, signs


def test_without_a_sign_batches_are_taken():
    doubts, _ = calm()
    assert doubts.judge(fetched(10, 1), AT_10) is Verdict.TAKE


def test_after_a_sign_nothing_is_taken_before_the_record_was_seen_again():
    doubts, signs = calm()
    signs.count += 1
    assert doubts.judge(fetched(10, 1), AT_10) is Verdict.REWIND
    assert doubts.judge(fetched(15, 1), AT_10) is Verdict.STALE
    assert doubts.judge(fetched(9, 2), AT_10) is Verdict.TAKE
    assert doubts.judge(fetched(14, 2), AT_10) is Verdict.TAKE


def test_a_sign_while_it_is_read_again_is_a_new_one():
    doubts, signs = calm()
    signs.count += 1
    assert doubts.judge(fetched(10, 1), AT_10) is Verdict.REWIND
    signs.count += 1
    assert doubts.judge(fetched(9, 2), AT_10) is Verdict.TAKE
    assert doubts.judge(fetched(14, 2), AT_10) is Verdict.REWIND


def test_a_partition_whose_end_went_back_is_doubted():
    doubts, _ = calm()
    assert doubts.judge(fetched(10, 1, highwater=500), AT_10) is Verdict.REWIND


def test_a_record_that_retention_removed_is_not_waited_for():
    doubts, signs = calm()
    signs.count += 1
    assert doubts.judge(fetched(10, 1), AT_10) is Verdict.REWIND
    assert doubts.judge(fetched(12, 2), AT_10) is Verdict.TAKE


def test_an_assignment_that_did_not_know_the_position_rewinds():
    doubts = Doubts(Signs())
    doubts.assigned(TP, 1)
    assert doubts.judge(fetched(10, 1), AT_10) is Verdict.REWIND
    assert doubts.judge(fetched(9, 2), AT_10) is Verdict.TAKE


def test_batches_from_before_the_assignment_are_stale():
    doubts, _ = calm()
    doubts.assigned(TP, 2)
    assert doubts.judge(fetched(9, 1), AT_10) is Verdict.STALE


def test_where_nothing_was_stored_there_is_nothing_to_compare():
    doubts = Doubts(Signs())
    assert doubts.judge(fetched(3, 1), Position(0, 0, None, None)) is Verdict.TAKE
