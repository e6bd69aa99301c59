"""The files that the section `enrichment` names, each read again when it changes; of a bad one the last good stays."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from glob import iglob
from itertools import islice
from pathlib import Path
from typing import Any

import maxminddb
import structlog

from rules.enriching.backstage import Entity, parse_entities, services_of
from rules.enriching.catalogue import Catalogue, Facts, merged, parse_catalogue
from rules.enriching.codeowners import CodeOwners, parse_codeowners
from rules.enriching.enricher import CodeOf, EnrichmentData
from rules.enriching.ownership import OwnershipRules, parse_ownership
from rules.enriching.places import Find, Place, place_finder
from rules.rulefile.enriching import EnrichmentRules
from rules.rulefile.problems import RuleFileError
from telemetry import metrics

__all__ = ["LookupFiles"]

log = structlog.get_logger(__name__)

MAX_FILE_BYTES = 16 << 20
MAX_GLOBBED = 2_000  # files that the patterns for Backstage's may name together

_Sign = tuple[int, ...]  # what differs between two versions of a file
_Make = Callable[[Path], Any]


class _Kept:
    """One file, and the last good thing that was made of it."""

    def __init__(self, path: Path, make: _Make) -> None:
        self.path = path
        self.value: Any = None
        self._make = make
        self._sign: _Sign | None = ()  # of no file at all

    def look(self) -> bool:
        """Read the file where it is another than before; returns whether `value` is another one now."""
        sign = _sign(self.path)
        if sign == self._sign:
            return False
        self._sign = sign
        try:
            if sign is None:
                raise FileNotFoundError("there is no such file")
            self.value = self._make(self.path)
        except (OSError, ValueError, RuleFileError, maxminddb.InvalidDatabaseError) as problem:
            metrics.LOOKUPS_REFUSED.inc()
            log.error(  # noqa: TRY400 - expected
                "File for enrichment refused, what was last read of it stays",
                file=str(self.path),
                problem=str(problem)[:500],
            )
            return False
        return True


class LookupFiles:
    """What has been read of all files. It blocks while it reads: to be used in a thread, one call at a time.

    Args:
        folder: of the rule file; what it names is relative to it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._rules: EnrichmentRules | None = None
        self._owners: OwnershipRules | None = None
        self._data = EnrichmentData()

    def look(self, rules: EnrichmentRules) -> EnrichmentData:
        """What the files say now; the same object for as long as nothing has changed. Never raises for a bad file."""
        wanted = dict(self._wanted(rules))
        changed = wanted.keys() != self._kept.keys()
        self._kept = {key: self._kept.get(key) or _Kept(Path(key[1]), make) for key, make in wanted.items()}
        for kept in self._kept.values():
            changed |= kept.look()
        if rules != self._rules:
            changed, self._rules = True, rules
            self._owners = parse_ownership(rules.owners)[0] if rules.owners else None
        if changed:
            self._data = self._combine(rules)
        return self._data

    def _wanted(self, rules: EnrichmentRules) -> Iterator[tuple[tuple[str, str], _Make]]:
        """Each file by its kind and path, with what reads it."""
        if rules.services:
            yield ("services", self._path(rules.services)), _catalogue
        patterns = (self._path(pattern) for pattern in rules.backstage)
        for path in islice((path for one in patterns for path in _globbed(one)), MAX_GLOBBED):
            yield ("backstage", path), _entities
        for one in rules.codeowners:
            yield (f"codeowners {one.syntax}", self._path(one.file)), partial(_code_owners, one.syntax)
        if rules.geoip:
            yield ("geoip", self._path(rules.geoip)), _places

    def _path(self, named: str) -> str:
        return str(self._folder / named)

    def _combine(self, rules: EnrichmentRules) -> EnrichmentData:
        code = [
            CodeOf(one.file, owners, one.service, one.strip, one.prefix)
            for one in rules.codeowners
            if (owners := self._value(f"codeowners {one.syntax}", one.file)) is not None
        ]
        return EnrichmentData(
            catalogue=self._catalogue(rules),
            code=code,
            owners=self._owners,
            place=self._value("geoip", rules.geoip) if rules.geoip else None,
        )

    def _value(self, kind: str, named: str) -> Any:
        return self._kept[kind, self._path(named)].value

    def _catalogue(self, rules: EnrichmentRules) -> Catalogue:
        own: dict[str, Facts] = (self._value("services", rules.services) if rules.services else None) or {}
        read = [kept.value for (kind, _), kept in sorted(self._kept.items()) if kind == "backstage" and kept.value]
        return merged([own, services_of(entity for entities in read for entity in entities)])


def _sign(path: Path) -> _Sign | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _globbed(pattern: str) -> Iterable[str]:
    """The files that a pattern names; what is no pattern names itself, be it there or not."""
    if not any(char in pattern for char in "*?["):
        return [pattern]
    return sorted(islice(iglob(pattern, recursive=True), MAX_GLOBBED))  # noqa: PTH207 -- Path.glob takes no absolute pattern


def _text(path: Path) -> str:
    with path.open("rb") as file:
        read = file.read(MAX_FILE_BYTES + 1)
    if len(read) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES >> 20} MB")
    return read.decode()


def _catalogue(path: Path) -> dict[str, Facts]:
    return parse_catalogue(_text(path), path.name)


def _entities(path: Path) -> list[Entity]:
    return parse_entities(_text(path), path.name)


def _code_owners(syntax: Any, path: Path) -> CodeOwners:
    owners, problems = parse_codeowners(_text(path), syntax)
    for problem in problems[:20]:
        log.warning("Line of a CODEOWNERS file left out", file=str(path), line=problem.line, problem=problem.message)
    return owners


def _places(path: Path) -> Callable[[str], Place]:
    # Mapped into memory, so that workers share it. It must be replaced by another file, as MaxMind's updater does, and
    # never be written over in place. https://maxminddb.readthedocs.io
    return place_finder(_safely(maxminddb.open_database(path, maxminddb.MODE_AUTO).get))


def _safely(find: Find) -> Find:
    """A database that is damaged somewhere within says nothing of an address there."""

    def found(address: str) -> Any:
        try:
            return find(address)
        except maxminddb.InvalidDatabaseError:
            return None

    return found
