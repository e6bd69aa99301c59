"""What a person does to an incident or a group, whatever they do it with.

An incident of a group and the group go together: who acknowledges one has acknowledged both. The incident of a
threshold stands by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import AsyncConnection

from models.severity import Severity
from models.triage import Action, Ignored, Resolved, Status
from rules.triage import RefusedError, act
from sinks.jobs import defer_flushes, defer_only_app
from sinks.postgres.bundles import take_up_again
from sinks.postgres.incidents import (
    IncidentRow,
    Known,
    LogEntry,
    find_incident,
    read_incidents,
    write_incidents,
)
from sinks.postgres.releases import release_with
from sinks.postgres.triaging import GroupRow, locked_group, log_of_group, newest_release, write_group
from triage.wording import said

__all__ = ["Applied", "ConflictError", "NotFoundError", "apply", "ask_to_tell"]

Connection = AsyncConnection[Any]
_JOBS = defer_only_app()


class NotFoundError(LookupError):
    """There is no such incident or group."""


class ConflictError(RuntimeError):
    """Somebody else changed it meanwhile: look again before you decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What stands now. `changed` is False where the same request was carried out before."""

    incident: IncidentRow | None
    group: GroupRow | None
    changed: bool = True


async def apply(
    connection: Connection,
    action: Action,
    *,
    actor: str,
    at: float,
    incident_id: str | None = None,
    group_id: str | None = None,
    version: int | None = None,
    request_id: str | None = None,
) -> Applied:
    """Carry out an action, and tell every channel that knows of the incident, in one transaction.

    Args:
        connection: of the store, in autocommit or in a transaction of the caller's.
        action: what is wanted.
        actor: who wants it, as the history shows it.
        at: now, epoch seconds.
        incident_id: what is meant; or:
        group_id: the group that is meant.
        version: as the caller saw it; None: whatever stands there now.
        request_id: the same for every repeat of one request; None: this is no repeat.

    Raises:
        NotFoundError: there is nothing of this id.
        ConflictError: it is of another version by now.
        rules.triage.RefusedError: it makes no sense for what is there.
        psycopg.Error: the database is away; nothing is changed.
    """
    transition = f"{action.kind}:{request_id or uuid4()}"
    async with connection.transaction():
        found = await _find(connection, incident_id, group_id, transition)
        if transition in found.known.transitions:
            return Applied(incident=found.incident, group=found.group, changed=False)
        _check_version(version, found.incident if incident_id else found.group)
        done = await _Deed(connection, action, actor, datetime.fromtimestamp(at, UTC), transition).do(found)
        return Applied(incident=done.incident, group=done.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    incident: IncidentRow | None
    group: GroupRow | None
    known: Known


async def _find(connection: Connection, incident_id: str | None, group_id: str | None, transition: str) -> _Found:
    given = await find_incident(connection, incident_id) if incident_id else None
    if incident_id and given is None:
        raise NotFoundError(f"there is no incident {incident_id}")
    if given is not None:
        group_id = given.group_id
    key = given.alert_key if given else f"group:{group_id}"
    known = await read_incidents(connection, [key], [transition])  # locks come before those of groups, always
    group = await locked_group(connection, group_id) if group_id else None
    if given is None and group is None:
        raise NotFoundError(f"there is no group {group_id}")
    if given is None and group is not None and group.id != group_id:  # it was merged
        return await _find(connection, None, group.id, transition)
    live = known.live.get(key)
    if given is not None and (live is None or live.id != given.id):
        if live is not None:
            raise RefusedError("it is resolved already, and a newer incident is about the same")
        live = await find_incident(connection, given.id)
    return _Found(incident=live, group=group, known=known)


def _check_version(version: int | None, row: IncidentRow | GroupRow | None) -> None:
    if version is not None and row is not None and row.version != version:
        raise ConflictError(f"it was changed meanwhile (version {row.version}, not {version})")


class _Deed:
    def __init__(self, connection: Connection, action: Action, actor: str, at: datetime, transition: str) -> None:
        self._connection = connection
        self._action = action
        self._actor = actor
        self._at = at
        self._transition = transition

    async def do(self, found: _Found) -> Applied:
        """Write both, tell about it."""
        statuses: list[Status] = [row.status for row in (found.incident, found.group) if row is not None]  # type: ignore[misc]
        after = [_after(status, self._action) for status in statuses]
        if all(isinstance(status, RefusedError) for status in after):
            raise next(status for status in after if isinstance(status, RefusedError))
        incident, group = found.incident, found.group
        words = said(self._action)
        if incident is not None and not isinstance(after[0], RefusedError):
            incident = await self._write_incident(incident, after[0], words)
        if group is not None and not isinstance(after[-1], RefusedError):
            group = await self._write_group(group, after[-1], words)
        return Applied(incident=incident, group=group)

    async def _write_incident(self, row: IncidentRow, status: Status, words: Sequence[str]) -> IncidentRow:
        after = replace(
            row,
            status=status,
            updated_at=self._at,
            acknowledged_at=self._acknowledged(row, status),
            resolved_at=self._at if status == "resolved" else None,
            assignee=self._action.assignee if self._action.kind == "assign" else row.assignee,
        )
        entry = LogEntry(
            transition_id=self._transition,
            kind=self._action.kind,
            at=self._at,
            severity=Severity(row.severity),
            reasons=words,
            activity=row.activity,
            actor=self._actor,
        )
        await write_incidents(self._connection, [after], [(row.id, entry)])
        await ask_to_tell(self._connection, row.id)
        return replace(after, version=row.version + 1)

    def _acknowledged(self, row: IncidentRow, status: Status) -> datetime | None:
        if status in ("acknowledged", "in_progress"):
            return row.acknowledged_at or self._at
        return None if self._action.kind in ("unacknowledge", "reopen") else row.acknowledged_at

    async def _write_group(self, row: GroupRow, status: Status, words: Sequence[str]) -> GroupRow:
        assigned = self._action.kind == "assign"
        after = replace(row, status=status, assignee=self._action.assignee if assigned else row.assignee)
        detail: dict[str, Any] = {"said": list(words)} if words else {}
        if self._action.kind == "comment":
            pass  # nothing about the group changes
        else:
            resolved, ignored = await self._put_away(row)
            await write_group(self._connection, after, resolved=resolved, ignored=ignored, at=self._at)
            detail |= msgspec.to_builtins(
                {"resolved": resolved} if resolved else {"ignored": ignored} if ignored else {}
            )
        await log_of_group(
            self._connection, row.id, actor=self._actor, action=self._action.kind, detail=detail, at=self._at
        )
        return replace(after, version=row.version + (self._action.kind != "comment"))

    async def _put_away(self, row: GroupRow) -> tuple[Resolved | None, Ignored | None]:
        """How it is put away, with what only the store knows: what there is already."""
        now = self._at.timestamp()
        if self._action.kind == "resolve":
            resolved = self._action.resolved or Resolved(at=now)
            if resolved.after == "":  # in the next release, whatever the newest one is
                resolved = msgspec.structs.replace(resolved, after=await newest_release(self._connection, row.service))
            if resolved.commit and resolved.release is None:  # a release with it may be known already
                holding = await release_with(self._connection, row.service, resolved.commit)
                resolved = msgspec.structs.replace(resolved, release=holding)
            return msgspec.structs.replace(resolved, at=now), None
        if self._action.kind == "ignore":
            ignored = self._action.ignored or Ignored(at=now)
            return None, msgspec.structs.replace(ignored, at=now, had_events=row.occurrences, had_users=row.users)
        return None, None


async def ask_to_tell(connection: Connection, incident_id: str) -> None:
    """Let a notifier look at the bundles of an incident once the caller's transaction has committed."""
    await defer_flushes(_JOBS, connection, dict.fromkeys(await take_up_again(connection, incident_id)))


def _after(status: Status, action: Action) -> Status | RefusedError:
    try:
        return act(status, action)
    except RefusedError as refused:
        return refused
