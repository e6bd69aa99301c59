"""The Faust app: our transport, and settings that the exactness of the job rests on."""

from collections.abc import Callable
from typing import Any, cast

import faust
from faust.types import TP

from streams.config import JobConfig
from streams.positions import Positions
from streams.stores import STORE_URL
from streams.transport import BATCH_CODEC, BatchConsumer, BatchTransport

__all__ = ["SeawallApp", "batch_topic", "new_app"]


CHANGELOG_BUFFER = 100_000  # writes to tables under way before agents wait; Faust has no setting for it, and 100

Hook = Callable[[str, int], None]  # topic, partition


class SeawallApp(faust.App):
    """A Faust app whose agents own their positions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.positions = Positions()
        self.assigned_hooks: list[Hook] = []  # when a batch partition is ours, after recovery and seek
        self.revoked_hooks: list[Hook] = []  # when it may be somebody else's
        super().__init__(*args, **kwargs)

    @property
    def batches(self) -> BatchConsumer:
        """The consumer, as what it is."""
        return cast("BatchConsumer", self.consumer)

    async def on_start(self) -> None:
        """Called by Faust before anything else starts."""
        await super().on_start()
        self.producer.buffer.max_messages = CHANGELOG_BUFFER

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def on_batch_partition_assigned(self, tp: TP) -> None:
        """Called by the consumer after it has sought to the owner's position."""
        for hook in self.assigned_hooks:
            hook(tp.topic, tp.partition)

    def on_batch_partition_revoked(self, tp: TP) -> None:
        """Called by the consumer when a rebalance begins."""
        for hook in self.revoked_hooks:
            hook(tp.topic, tp.partition)


def batch_topic(app: SeawallApp, name: str, partitions: int | None = None) -> Any:
    """A topic whose events are batches."""
    return app.topic(name, key_type=bytes, key_serializer="raw", value_serializer=BATCH_CODEC, partitions=partitions)


def new_app(config: JobConfig) -> SeawallApp:
    """The app, without agents."""
    folder = config.data / "faust" / (config.instance or "0")  # Faust wants one, though nothing is kept there
    folder.mkdir(parents=True, exist_ok=True)
    return SeawallApp(
        config.group,
        broker=[f"kafka://{server}" for server in config.bootstrap_servers],
        broker_credentials=_credentials(config.kafka),
        store=STORE_URL,
        datadir=str(folder),
        topic_partitions=config.partitions,
        topic_allow_declare=False,  # `seawall topics` makes them, with the settings they need
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        origin=None,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{config.group}-{config.instance}" if config.instance else None,
        consumer_max_fetch_size=4 * 1024 * 1024,
        consumer_metadata_max_age_ms=10_000,  # new partitions are noticed this soon
        broker_max_poll_records=2_000,
        broker_max_poll_interval=600.0,
        broker_commit_interval=1.0,
        broker_session_timeout=config.session_timeout,
        broker_rebalance_timeout=max(10.0, config.session_timeout),
        broker_heartbeat_interval=min(1.0, config.session_timeout / 3),
        broker_request_timeout=40.0,
        producer_acks=-1,
        producer_linger=0.005,
        stream_buffer_maxsize=4096,  # never full: the consumer lets one batch a partition wait
        stream_wait_empty=False,  # positions make waiting for acks on a rebalance pointless
    )


def _credentials(kafka: dict[str, Any]) -> Any:
    """Faust's credentials from aiokafka's security arguments; TLS under SASL only where the protocol says so."""
    protocol = kafka.get("security_protocol", "PLAINTEXT")
    context = kafka.get("ssl_context") if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(
            mechanism=kafka["sasl_mechanism"],
            username=kafka["sasl_plain_username"],
            password=kafka["sasl_plain_password"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if protocol == "SSL" else None
