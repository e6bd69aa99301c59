"""Suspect commits of groups that are new or back: looked for beside the agents, where there is a clone.

A group waits in its own row until a worker has looked: what a killed worker had taken is taken again after a minute,
and so is what failed in a commit that the clone does not have yet.
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import structlog

from models.suspect import Suspect
from rules.enriching.frames import own_frames, relative
from rules.masking import Masker
from sinks.git import GitError
from sinks.postgres.suspects import Unsuspected, claim_unsuspected, services_unsuspected, set_suspect
from sinks.repository import NotFetchedError, suspect
from streams.job import Job

__all__ = ["suspect_forever", "suspect_some"]

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0  # seconds, while there is nothing to do


async def suspect_forever(job: Job) -> None:
    """Look for suspects until cancelled."""
    while True:
        found = 0
        try:
            found = await suspect_some(job)
        except Exception as problem:  # noqa: BLE001 -- the database is away; agents say so louder
            log.debug("Suspect commits not looked for", problem=type(problem).__name__)
        await asyncio.sleep(0 if found else LOOK_EVERY)


async def suspect_some(job: Job) -> int:
    """Look for the suspects of some groups; returns of how many. Raises psycopg's errors."""
    catalogue = job.lookups.data.catalogue
    if not catalogue.has_clones:
        return 0
    async with job.pool.connection() as connection:
        services = await services_unsuspected(connection)
        groups = await claim_unsuspected(connection, [one for one in services if catalogue.find(one).get("clone")])
    for group in groups:  # one after the other: git may need all of a core
        try:
            found = await _find(job, group, catalogue.find(group.service))
        except NotFetchedError as problem:
            log.debug("No suspect commit yet", service=group.service, problem=str(problem))
            continue
        async with job.pool.connection() as connection:
            await set_suspect(connection, group, found)
    return len(groups)


async def _find(job: Job, group: Unsuspected, facts: dict[str, Any]) -> Suspect | None:
    frames = [
        {"file": relative(frame.get("abs_path"), frame.get("file"), frame.get("module")), "line": frame.get("line")}
        for frame in own_frames(group.payload)
    ]
    clone, folder = Path(facts.get("clone") or ""), str(facts.get("folder") or "")
    try:
        found = await suspect(clone, folder, frames, group.release, group.previous)
    except NotFetchedError:
        raise
    except GitError as problem:
        log.warning("No suspect commit", service=group.service, clone=str(clone), problem=str(problem))
        return None
    return _masked(found, Masker(job.rulebook.current.masking, job.hash_key)) if found else None


def _masked(found: Suspect, masker: Masker) -> Suspect:
    return msgspec.structs.replace(
        found, subject=masker.mask_text(found.subject), author=masker.mask_text(found.author)
    )
