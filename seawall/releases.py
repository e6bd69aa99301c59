"""Releases for commands: made known on the topic, with the commits of a clone; and listed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from models.release import MAX_COMMITS, Commit, Release
from seawall.errors import SeawallError, TopicError

if TYPE_CHECKING:
    from aiokafka.structs import RecordMetadata

    from seawall.settings import Settings

__all__ = ["commits_between", "list_releases", "make_known"]

_FORMAT = "--format=%H%x1f%aN%x1f%ct%x1f%s"


async def commits_between(clone: Path, previous: str | None, commit: str | None) -> tuple[str, tuple[Commit, ...]]:
    """The commit of a release, and what is new in it since the one before, the newest first.

    Args:
        clone: a clone of the service's repository.
        previous: the release before, as a tag or commit of that name, or as what stands after its `@`; None: the tag
            before `commit`. Where there is none, all commits count as new.
        commit: what was released; None: what is checked out.

    Raises:
        SeawallError: the clone or the commit is not there.
    """
    from sinks.git import GitError, run_git  # noqa: PLC0415 -- start-up time

    async def found(*arguments: str) -> str | None:
        try:
            return (await run_git(clone, *arguments)).decode(errors="replace").strip() or None
        except GitError:
            return None

    try:
        revision = f"{commit or 'HEAD'}^{{commit}}"
        head = (await run_git(clone, "rev-parse", "--verify", "--end-of-options", revision)).decode().strip()
        before = previous or await found("describe", "--tags", "--abbrev=0", f"{head}^")
        since = None
        for name in _names(before):
            since = since or await found("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        span = [head, f"^{since}"] if since else [head]
        said = await run_git(clone, "log", "-z", f"--max-count={MAX_COMMITS}", _FORMAT, *span, "--")
    except GitError as error:
        raise SeawallError(str(error)) from None
    return head, tuple(_commit(line) for line in said.decode(errors="replace").split("\0") if line)


def _names(release: str | None) -> list[str]:
    """What a release may be called as a tag."""
    if not release:
        return []
    version = release.rpartition("@")[2]
    return list(dict.fromkeys((release, version, f"v{version}")))


def _commit(line: str) -> Commit:
    commit, author, at, subject = line.split("\x1f", 3)
    return Commit(id=commit, author=author, at=float(at), subject=subject)


async def make_known(settings: "Settings", release: Release) -> "RecordMetadata":
    """Write a release to its topic; returns where it lies. Raises SeawallError."""
    from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError  # noqa: PLC0415 -- start-up time

    from seawall.kafka import producer  # noqa: PLC0415

    async with producer(settings) as client:
        try:
            key = release.service.encode()
            return await client.send_and_wait(settings.releases_topic, msgspec.json.encode(release), key)
        except UnknownTopicOrPartitionError:
            raise TopicError(f"topic {settings.releases_topic} is missing: run `seawall topics`") from None
        except KafkaError as error:
            raise SeawallError(f"the release was not taken: {type(error).__name__}") from None


async def list_releases(settings: "Settings", service: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest releases. Raises SeawallError."""
    from seawall.postgres import connected  # noqa: PLC0415 -- start-up time
    from sinks.postgres.releases import listed_releases  # noqa: PLC0415

    async with connected(settings) as connection:
        return await listed_releases(connection, service, limit)
