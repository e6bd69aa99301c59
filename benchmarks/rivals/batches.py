"""Our batch transport with an agent that only decodes; with `raw` as a further argument it does not even that."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from benchmarks.rivals.meter import Meter, arguments
from streams.app import batch_topic, new_app
from streams.config import JobConfig


async def main() -> None:
    """Read until the meter ends us."""
    kafka, name, total = arguments()
    decode = sys.argv[4:] != ["raw"]
    folder = Path(tempfile.mkdtemp(prefix="batches-"))
    group = f"batches-{decode}-{name}"
    app = new_app(JobConfig(bootstrap_servers=[kafka], database_url="", group=group, data=folder))
    positions: dict[int, int] = {}
    meter = Meter(total)

    async def position(partition: int) -> int | None:
        return positions.get(partition)

    app.positions.register(name, position)

    @app.agent(batch_topic(app, name))
    async def read(stream: Any) -> None:
        async for batch in stream:
            if decode:
                for record in batch.records:
                    orjson.loads(record.value)
            positions[batch.partition] = batch.next
            app.positions.advance(batch.topic, batch.partition, batch.next)
            meter.count(len(batch.records))

    app.in_worker = True
    await app.start()
    await asyncio.Event().wait()


asyncio.run(main())
