"""A storm in which every error is the first of its group, through all processes: few messages, nothing lost."""

import re

import pytest

from benchmarks.new_groups import first_errors
from tests.streams.job_support import until

MOST = 5
RULES = f"""
version: 1
alerts:
  - {{name: new-error, on: new}}
routes:
  - {{to: "slack:#storm", at_most: {{count: {MOST}, per: 60s}}}}
"""
STORM = 2_000


@pytest.mark.timeout(400)
async def test_a_storm_of_new_groups_makes_few_messages_whoever_is_killed_meanwhile(new_job):
    async with new_job(session_timeout=6) as job:
        job.rules.write_text(RULES)
        for name in ("worker-1", "worker-2", "notifier-1"):
            job.fleet.start(name)
        await job.send(*first_errors(STORM))

        async def opened():
            return await job.value("SELECT count(*) FROM incidents")

        async def all_opened():
            return await opened() == STORM

        async def all_told():
            return not await job.value("SELECT count(*) FROM summaries WHERE told_at IS NULL") and not await job.value(
                "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending')"
            )

        await until(opened, 120)
        job.fleet.kill("worker-1")
        job.fleet.start("worker-1")
        await until(all_opened, 240)
        await until(all_told, 180)
        assert await job.value("SELECT count(*) FROM groups") == STORM
        told = await job.value("SELECT count(first_told) FROM bundle_incidents")
        texts = [message["text"] for message in job.desk.messages("#storm")]
        held = [int(found[1]) for text in texts if (found := re.search(r"(\d+) incidents? held back", text))]
        assert told + sum(held) == STORM
        assert len(texts) == told + len(held)
        # So many messages in any minute, and the storm may have lasted for several.
        minutes = await job.value("SELECT 1 + extract(epoch FROM max(at) - min(at))::int / 60 FROM route_messages")
        assert told <= MOST * minutes
