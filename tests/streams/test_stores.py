"""The fence: what an old generation wrote over a newer one is left alone when a table is recovered."""

from types import SimpleNamespace

import faust
import pytest

from streams.stores import FencedStore, fenced, generation_of, unfenced


def event(key: bytes, value: bytes | None, partition: int = 0):
    return SimpleNamespace(key=key, value=value, message=SimpleNamespace(value=value, partition=partition))


@pytest.fixture
def store():
    app = faust.App("fence", broker="kafka://127.0.0.1:1", store="memory://")
    table = app.Table("t", key_type=bytes, value_type=bytes)
    return FencedStore("fenced://", app, table)


def apply(store, *events):
    store.apply_changelog_batch(events, lambda key: key, lambda value: value)
    return dict(store.data)


def test_a_value_carries_its_generation():
    value = fenced(12, b'{"n":1}')
    assert (generation_of(value), unfenced(value)) == (12, b'{"n":1}')


def test_later_values_of_the_same_or_a_newer_generation_win(store):
    assert apply(store, event(b"k", fenced(1, b"a")), event(b"k", fenced(1, b"b")), event(b"k", fenced(2, b"c"))) == {
        b"k": fenced(2, b"c")
    }


def test_a_frozen_workers_late_value_does_not_win(store):
    assert apply(store, event(b"k", fenced(3, b"new")), event(b"k", fenced(2, b"late"))) == {b"k": fenced(3, b"new")}


def test_tombstones_delete_and_a_key_may_come_back(store):
    assert apply(store, event(b"k", fenced(1, b"a")), event(b"k", None)) == {}
    assert apply(store, event(b"k", fenced(1, b"b"))) == {b"k": fenced(1, b"b")}
