"""Ids as people give them: the whole, or the first characters."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from seawall.errors import SeawallError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["find_group_id", "find_id", "find_silence_id"]

MIN_PREFIX = 6  # characters of an id that may stand for the whole


async def find_id(connection: "AsyncConnection[Any]", given: str) -> tuple[str, str]:
    """`incident` or `group`, and the whole id. Raises SeawallError where it is none's, or could be several's."""
    found = await _find(connection, given, _ANY)
    if len(found) != 1:
        raise SeawallError(_problem(given, "incident and no group has", len(found)))
    return found[0][0], found[0][1]


async def find_group_id(connection: "AsyncConnection[Any]", given: str) -> str:
    """The whole id of a group. Raises SeawallError where it is none's, or could be several's."""
    found = await _find(connection, given, _GROUPS)
    if len(found) != 1:
        raise SeawallError(_problem(given, "group has", len(found)))
    return str(found[0][1])


async def find_silence_id(connection: "AsyncConnection[Any]", given: str) -> str:
    """The whole id of a silence. Raises SeawallError where it is none's, or could be several's."""
    found = await _find(connection, given, _SILENCES)
    if len(found) != 1:
        raise SeawallError(_problem(given, "silence has", len(found)))
    return str(found[0][1])


def _problem(given: str, whose: str, found: int) -> str:
    return f"several ids begin with {given}" if found else f"no {whose} an id that begins with {given}"


async def _find(connection: "AsyncConnection[Any]", given: str, query: str) -> list[Any]:
    text = given.strip().lower()
    if len(text) < MIN_PREFIX or not set(text) <= set("0123456789abcdef-"):
        raise SeawallError(f"{given} is no id: give the id, or at least {MIN_PREFIX} characters of its start")
    if len(text.replace("-", "")) == len(UUID(int=0).hex):
        text = str(UUID(text))
    return await (await connection.execute(query, {"prefix": f"{text}%"})).fetchall()


_GROUPS = "SELECT 'group', id::text FROM groups WHERE id::text LIKE %(prefix)s LIMIT 3"
_SILENCES = "SELECT 'silence', id::text FROM silences WHERE id::text LIKE %(prefix)s LIMIT 3"
_ANY = f"(SELECT 'incident', id::text FROM incidents WHERE id::text LIKE %(prefix)s LIMIT 3) UNION ALL ({_GROUPS})"  # noqa: S608 -- a constant of ours
