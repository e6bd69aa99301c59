"""Quix Streams, stateless, on librdkafka."""

import orjson
from quixstreams import Application

from benchmarks.rivals.meter import Meter, arguments

kafka, name, total = arguments()
app = Application(
    broker_address=kafka,
    consumer_group=f"quix-{name}",
    auto_offset_reset="earliest",
    auto_create_topics=False,
    loglevel="ERROR",
)
meter = Meter(total)


def read(value: bytes) -> None:
    """Decode one record."""
    orjson.loads(value)
    meter.count()


app.dataframe(app.topic(name, value_deserializer="bytes", key_deserializer="bytes")).update(read)
app.run()
