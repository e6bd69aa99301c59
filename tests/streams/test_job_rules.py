"""The rule file changes under a running worker."""

from tests.streams.job_support import RULES, event, until

BAD = "version: 1\nthresholds:\n  - {name: broken, count: many, window: 1m}\n"


async def test_a_changed_rule_file_holds_at_once_and_a_bad_one_never(new_job):
    async with new_job("worker-1") as job:
        await job.send(*[event("before", number) for number in range(3)])
        await job.until_read()

        def in_force(count: int):
            return lambda: len(job.logged("Rules in force")) >= count

        lower = "  - {name: three-errors, match: {severity: error}, count: 3, window: 1m, group_by: service}\nroutes:"
        job.rules.write_text(RULES.replace("routes:", lower))
        await until(in_force(2))
        await job.send(*[event("after", number) for number in range(3)])

        async def incidents() -> set[tuple[str, str]]:
            rows = await job.rows("SELECT rule, service FROM incidents WHERE rule <> 'new-error'")
            return set(rows)

        await until(incidents)
        assert await incidents() == {("three-errors", "after")}

        job.rules.write_text(BAD)
        refused = await until(lambda: job.logged("Rule file refused"))
        assert "rules.yaml:3:27: " in refused[-1]["problem"], refused
        await job.send(*[event("later", number) for number in range(3)])
        await until(lambda: _has(incidents, ("three-errors", "later")))

        # As editors do it: a new file takes the old one's place.
        new = job.rules.with_suffix(".new")
        new.write_text(RULES)
        new.rename(job.rules)
        await until(in_force(3))
        assert job.fleet.ended() == {}


async def _has(incidents, wanted) -> bool:
    return wanted in await incidents()
