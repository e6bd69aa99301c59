"""What a protocol is: where it has its keys, how a body becomes records, how answers are worded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["NOTHING", "TOLD", "Accepted", "Answer", "Endpoint", "Received", "Record", "Refusal", "Refused"]

NOTHING: Mapping[Any, Any] = MappingProxyType({})
TOLD = "told"  # what is limited apart from errors; reasons of refusals begin with it


class Record(NamedTuple):
    """A record for the errors topic.

    value: what the sender wrote of one event, or of several where the format's reader takes them apart.
    key: the event's or the trace's id; None: any.
    content_type: for formats that their bytes alone do not tell.
    """

    value: bytes
    key: bytes | None = None
    content_type: str | None = None


class Answer(NamedTuple):
    """An answer to be sent."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Accepted(NamedTuple):
    """What a body holds.

    records: to be written before the answer is given.
    answer: the protocol's word for success.
    ignored: what was understood and is none of ours, by kind.
    lost: how many errors the sender says that it has lost or left out before, by reason.
    told: records for the topics beside that of errors, by what they are of.
    secret: whether only secret keys may send that.
    """

    records: list[Record]
    answer: Answer
    ignored: Mapping[str, int] = NOTHING
    lost: Mapping[str, int] = NOTHING
    told: Mapping[str, Sequence[Record]] = NOTHING
    secret: bool = False


class Refusal(NamedTuple):
    """Why a request was not taken. `reason` is counted, `detail` is told; neither holds anything of the body."""

    status: int
    reason: str
    detail: str
    retry_after: int | None = None  # seconds


class Refused(Exception):  # noqa: N818 -- what happened, not what is wrong with us
    """Raised wherever a request cannot be taken."""

    def __init__(self, status: int, reason: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.refusal = Refusal(status, reason, detail, retry_after)


@dataclass(slots=True)
class Received:
    """A request, as far as protocols need it. Names of headers are in lower case.

    new_id: 32 hex characters, for what its sender gave no id.
    path: what stands in the address, by name.
    at: when it came, epoch seconds.
    project, environment, secret: of its key, once that is known.
    """

    headers: Mapping[bytes, bytes]
    query: Mapping[str, str]
    body: bytes = b""
    new_id: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    at: float = 0.0
    project: str = ""
    environment: str | None = None
    secret: bool = False


class Endpoint(NamedTuple):
    """One address of a protocol.

    protocol: its name in metrics.
    find_key: the sender's key; asked before the body is read, and again with it.
    read: the records in a body and the answer; raises Refused.
    refuse: a refusal in the protocol's words.
    methods: that are taken.
    opaque_origin: whether `Origin: null` says nothing: browsers send reports with it, whatever page they are of.
    """

    protocol: str
    find_key: Callable[[Received], str | None]
    read: Callable[[Received], Accepted]
    refuse: Callable[[Refusal, Received], Answer]
    methods: frozenset[str] = frozenset({"POST"})
    opaque_origin: bool = False
