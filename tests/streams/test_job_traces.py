"""Errors of one trace, through the running job: one incident follows the other, however their moments fall."""

from tests.streams.job_support import event, until

RULES = """
version: 1
alerts:
  - {name: all, on: new}
default_route: "slack:#alerts"
"""
# Alerts are decided on what is sent before the transaction ends that stores their errors; here it ends late.
SLOW_COMMITS = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON source_offsets DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (new.topic LIKE '%errors') EXECUTE FUNCTION wait();
"""


async def test_what_opens_before_its_errors_are_stored_follows_all_the_same(new_job):
    async with new_job() as job:
        job.rules.write_text(RULES)
        await job.execute(SLOW_COMMITS)
        job.fleet.start("worker-1")
        for number, services in enumerate((("shop", "cards"), ("mail", "cart"), ("stock", "bank"))):
            for partition, service in enumerate(services):
                await job.send(event(service, trace_id=f"{number:032x}"), partition=partition)

        async def opened():
            return await job.value("SELECT count(*) FROM incidents") == 6

        await until(opened)
        assert await job.value("SELECT count(*) FROM incident_links") == 3
