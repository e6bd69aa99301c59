"""What is known of an event, put into its `enrichment`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from models.event import ErrorEvent
from rules.enriching.catalogue import Catalogue
from rules.enriching.codeowners import CodeOwners, Ownership
from rules.enriching.frames import own_frames, paths_of
from rules.enriching.ownership import OwnershipRules
from rules.enriching.places import Place
from rules.matching import compile_match
from rules.requests import address_of

__all__ = ["CodeOf", "Enricher", "EnrichmentData", "Hints", "ReleaseFacts"]

Draft = dict[str, Any]
ReleaseFacts = Mapping[str, Any]

_SERVICE: Final = str(ErrorEvent.model_fields["service"].default)
_ENVIRONMENT: Final = str(ErrorEvent.model_fields["environment"].default)
_NOBODY: Final[Mapping[str, Any]] = {}


class Hints(NamedTuple):
    """What is looked up by, taken from an event before masking has replaced it. It is not stored."""

    address: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class CodeOf:
    """A CODEOWNERS file, and which events it is for."""

    file: str  # what it is called
    owners: CodeOwners
    services: Sequence[str] = ()  # patterns; none: all services
    strip: Sequence[str] = ()  # see `rules.enriching.frames`
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class EnrichmentData:
    """All that has been read and can be looked up."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    code: Sequence[CodeOf] = ()
    owners: OwnershipRules | None = None
    place: Callable[[str], Place] | None = None
    releases: Mapping[tuple[str, str, str], ReleaseFacts] = field(default_factory=dict)  # service, environment, release


class Enricher:
    """Fills in what is known of events."""

    def __init__(self, data: EnrichmentData) -> None:
        """Args: data: what can be looked up."""
        self._data = data
        self._code = [
            (one, _matcher(one.services), tuple(sorted(one.strip, key=len, reverse=True))) for one in data.code
        ]
        self._owned = bool(data.code or data.owners)

    def hints(self, draft: Draft) -> Hints:
        """What an event is to be looked up by. To be taken before masking."""
        return Hints(address_of(draft) if self._data.place else None, draft.get("user_id"))

    def enrich(self, draft: Draft, hints: Hints = Hints(), users: Mapping[str, Any] = _NOBODY) -> None:  # noqa: B008 frozen
        """Put what is known into the event's `enrichment`; where nothing is, it gets none.

        Args:
            draft: the event, masked.
            hints: what it is looked up by, see `hints`.
            users: what is known of users, by id.
        """
        data = self._data
        service = draft.get("service") or _SERVICE
        made = {name: value for name, value in data.catalogue.find(service).items() if name not in Catalogue.HIDDEN}
        if self._owned and (ownership := self._ownership(draft, service)):
            made.update(owner=ownership.owners[0], owners=list(ownership.owners), owned_by=ownership.rule)
        if data.releases:
            made.update(self._release(draft, service))
        if data.place is not None and hints.address and (place := data.place(hints.address)):
            made["geo"] = dict(place)
        if hints.user_id and (user := users.get(hints.user_id)):
            made["user"] = user
        if made:
            draft["enrichment"] = {**made, **(draft.get("enrichment") or {})}

    def _ownership(self, draft: Draft, service: str) -> Ownership | None:
        """Rules of the rule file come after CODEOWNERS files, and the last that fits decides."""
        frames = own_frames(draft)
        if self._data.owners is not None and (found := self._data.owners.of(draft, frames)):
            return found
        for code, fits, strip in reversed(self._code):
            if not fits(service):
                continue
            for path in paths_of(frames, strip, code.prefix):
                if found := code.owners.of(path):
                    return found._replace(rule=f"{code.file}: {found.rule}")
        return None

    def _release(self, draft: Draft, service: str) -> dict[str, Any]:
        release = draft.get("release")
        if not release:
            return {}
        environment = draft.get("environment") or _ENVIRONMENT
        facts = self._data.releases.get((service, environment, release)) or self._data.releases.get(
            (service, "", release)
        )
        if not facts:
            return {}
        if facts.get("commit") and not draft.get("commit"):
            draft["commit"] = facts["commit"]
        return {"release": dict(facts)}


def _matcher(services: Sequence[str]) -> Callable[[str], bool]:
    if not services:
        return lambda _: True
    return compile_match({"service": services}, {"service": str})
