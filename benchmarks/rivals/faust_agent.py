"""A stock Faust agent: one event a record, as its documentation shows it."""

import tempfile

import faust
import orjson

from benchmarks.rivals.meter import Meter, arguments

kafka, name, total = arguments()
app = faust.App(
    f"faust-{name}",
    broker=f"kafka://{kafka}",
    datadir=tempfile.mkdtemp(prefix="faust-"),
    store="memory://",
    web_enabled=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_max_poll_records=1000,
)
topic = app.topic(name, value_serializer="raw", key_serializer="raw")
meter = Meter(total)


@app.agent(topic)
async def read(stream: "faust.StreamT[bytes]") -> None:
    """Decode every record."""
    async for value in stream:
        orjson.loads(value)
        meter.count()


if __name__ == "__main__":
    app.finalize()
    faust.Worker(app, loglevel="ERROR", quiet=True).execute_from_commandline()
