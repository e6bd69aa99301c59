"""What comes in, whoever brings it: a request by HTTP, what a person asks for, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.triage import Action

__all__ = ["Answer", "Asked", "Hook", "Hush", "Refused", "Request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants done to an incident."""

    action: Action
    incident: str  # its id, or the first characters of it
    actor: str  # as the history shows it
    request_id: str | None = None  # the same whenever the vendor sends the request again


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """Somebody does not want to hear of an incident, and of its like, for a while."""

    incident: str
    actor: str
    request_id: str
    seconds: float


class Request(NamedTuple):
    """What a vendor sent."""

    headers: Mapping[str, str]  # names in lower case
    body: bytes  # bounded
    query: str = ""  # of the address, as it was written


class Answer(NamedTuple):
    """The answer to the vendor, and what is posted to `reply_to` for the person afterwards."""

    status: int = 200
    body: Mapping[str, Any] | None = None  # JSON; None: nothing
    markup: str | None = None  # XML, instead
    reply: str | None = None
    reply_to: str | None = None


class Refused(Exception):  # noqa: N818 -- as the gateway's
    """The request is none of the vendor's, or cannot be read. Its text tells nothing of the request."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Hook:
    """Takes the requests at one address."""

    path: str

    async def take(self, request: Request) -> Answer:
        """Carry out a request.

        Raises:
            Refused: it is to be answered with that status.
            psycopg.Error: the database is away: to be answered so that the vendor tries again.
        """
        raise NotImplementedError
