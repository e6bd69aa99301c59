"""Which endpoint an address is, and what project it names."""

from typing import NamedTuple
from urllib.parse import unquote

from gateway.contract import Endpoint
from gateway.protocols import plain, sentry

__all__ = ["Found", "find"]

MAX_PATH = 512


class Found(NamedTuple):
    """An endpoint, and the project that its address names."""

    endpoint: Endpoint
    project: str | None


# By the last part of `/api/<project>/…/`
_OF_PROJECT = {"envelope": sentry.ENVELOPE, "store": sentry.STORE}
# By the whole path
_FIXED = {"v1/errors": plain.ERRORS}
# By the whole path after `/<project>/`, as addresses made of a DSN have it
_BELOW_PROJECT = {"v1/errors": plain.ERRORS}


def find(path: str) -> Found | None:
    """The endpoint of a path."""
    if len(path) > MAX_PATH:
        return None
    path = path.strip("/")
    parts = path.split("/")
    if len(parts) == 3 and parts[0] == "api" and (found := _OF_PROJECT.get(parts[2])):  # noqa: PLR2004 -- api, project, endpoint
        return Found(found, unquote(parts[1]))
    if (fixed := _FIXED.get(path)) is not None:
        return Found(fixed, None)
    project, _, rest = path.partition("/")
    below = _BELOW_PROJECT.get(rest)
    return Found(below, unquote(project)) if below is not None else None
