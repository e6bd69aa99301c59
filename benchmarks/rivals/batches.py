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
from streams.continuity import Continuity, Verdict


async def main() -> None:
    """Read until the meter ends us."""
    kafka, name, total = arguments()
    decode = sys.argv[4:] != ["raw"]
    folder = Path(tempfile.mkdtemp(prefix="batches-"))
    group = f"batches-{decode}-{name}"
    app = new_app(JobConfig(bootstrap_servers=[kafka], database_url="", group=group, data=folder))
    positions: dict[int, int] = {}
    meter, continuity = Meter(total), Continuity()

    async def position(partition: int) -> int | None:
        return positions.get(partition, 0)

    app.positions.register(name, position)

    @app.agent(batch_topic(app, name))
    async def read(stream: Any) -> None:
        async for batch in stream:
            app.batches.taken(*batch.tp)
            done = positions.get(batch.partition, 0)
            match continuity.judge(batch, done):
                case Verdict.REWIND:
                    app.batches.rewind(batch.topic, batch.partition, done)
                    continue
                case Verdict.STALE:
                    continue
            fresh = (
                [record for record in batch.records if record.offset >= done] if batch.first < done else batch.records
            )
            if decode:
                for record in fresh:
                    orjson.loads(record.value)
            positions[batch.partition] = max(batch.next, done)
            app.positions.advance(batch.topic, batch.partition, batch.next)
            continuity.done(batch)
            meter.count(len(fresh))

    app.in_worker = True
    await app.start()
    await asyncio.Event().wait()


asyncio.run(main())
