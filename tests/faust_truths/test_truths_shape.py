"""What our transport, app and store override must still be there, and be called, in the installed Faust and aiokafka."""

import inspect

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher
from faust.app.base import App
from faust.stores.memory import Store
from faust.tables.base import Collection
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.consumer import Fetcher as FaustFetcher
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as DriverConsumer


def source(thing) -> str:
    return inspect.getsource(thing)


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (Consumer, "perform_seek", ["self"]),
        (Consumer, "seek_wait", None),
        (Consumer, "_seek", ["self", "partition", "offset"]),
        (Consumer, "_new_offset", ["self", "tp"]),
        (Consumer, "_filter_tps_with_pending_acks", ["self", "topics"]),
        (Consumer, "_wait_next_records", ["self", "timeout"]),
        (Consumer, "_drain_messages", ["self", "fetcher"]),
        (Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (DriverConsumer, "_new_consumer_thread", ["self"]),
        (DriverConsumer, "_to_message", ["self", "tp", "record"]),
        (AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (AIOKafkaConsumerThread, "_commit", ["self", "offsets"]),
        (App, "_new_transport", ["self"]),
        (Store, "apply_changelog_batch", ["self", "batch", "to_key", "to_value"]),
    ],
)
def test_what_we_override_has_the_shape_that_we_override(owner, name, parameters):
    method = getattr(owner, name)
    if parameters is not None:
        assert list(inspect.signature(method).parameters) == parameters


def test_the_fetcher_runs_drain_messages():
    assert "_drain_messages" in source(FaustFetcher)


def test_a_commit_asks_new_offset_for_each_partition_with_pending_acks():
    assert "self._filter_tps_with_pending_acks(topics)" in source(Consumer.force_commit)
    assert "self._new_offset(tp)" in source(Consumer._filter_committable_offsets)


@pytest.mark.parametrize("method", [Recovery._resume_streams])
def test_positions_are_sought_before_flow_resumes(method):
    text = source(method)
    assert text.index("consumer.perform_seek()") < text.index("consumer.resume_flow()")


def test_recovery_hands_changelog_events_to_the_store():
    assert "apply_changelog_batch" in source(Recovery)
    assert "self.data.apply_changelog_batch" in source(Collection.apply_changelog_batch)


def test_table_writes_go_to_the_partition_of_the_current_event():
    assert "event.message.partition" in source(Collection.partition_for_key)


def test_the_fetch_wait_that_we_set_on_the_consumer_reaches_its_fetcher():
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in source(AIOKafkaConsumer.start)
    assert "fetch_max_wait_ms" in inspect.signature(Fetcher).parameters
