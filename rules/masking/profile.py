"""What holds for a service: which rules are on, where, by which method, and which values are safe."""

from collections.abc import Iterator, Mapping
from typing import get_args

from rules.masking.methods import Method, Methods
from rules.masking.own import OwnPatterns, WholeValue, whole_values
from rules.masking.turn import Turn
from rules.rulefile.masking import BuiltIn, BuiltInName, MaskingChoices, OwnRule
from rules.selectors import Kind, Selector, parse_selector

__all__ = ["NAMES", "Path", "Profile", "parts_of"]

NAMES: tuple[str, ...] = get_args(BuiltInName)
_OFF = frozenset({"ip"})  # unless they are switched on: an address says where an error came from
_METHODS = {"session_id": Method("hash")}  # unless another is chosen: errors of one session can still be counted
_ALL = frozenset(NAMES)

Path = tuple[object, ...]
"""(parent's path, name): written out only where it is asked for."""

_PAIR = 2


def parts_of(path: Path) -> list[str]:
    """The names and numbers of a path, the outermost first."""
    parts = []
    while len(path) == _PAIR:
        rest, name = path
        assert isinstance(rest, tuple)
        path = rest
        parts.append(str(name))
    parts.extend(str(name) for name in path)
    parts.reverse()
    return parts


class Profile:
    """Compiled choices."""

    def __init__(self, choices: list[MaskingChoices], key: bytes) -> None:
        """Take `choices` together; the last one counts most. `key` is for hashes."""
        built_in: dict[str, BuiltIn] = {}
        own: dict[str, OwnRule] = {}
        for one in choices:
            built_in.update({str(name): rule for name, rule in one.builtin.items()})
            own = {rule.name: rule for rule in one.rules} | {
                name: rule for name, rule in own.items() if name not in {rule.name for rule in one.rules}
            }
        methods = {rule.name: Method(rule.method, rule.keep) for rule in own.values()}
        self.methods = Methods([*NAMES, *own], {**_METHODS, **_chosen(built_in), **methods}, key)
        self.off = frozenset(_switched_off(built_in))
        self.own = OwnPatterns(list(own.values()))
        self.whole: list[WholeValue] = whole_values(list(own.values()))
        safe = [text for one in choices for text in one.safe_fields]
        self.safe_keys = frozenset(text.lower() for text in safe if text.replace("_", "").replace("-", "").isalnum())
        self._safe = [parse_selector(text) for text in safe]
        self._scopes = dict(_scopes(built_in, own))
        self.everywhere = not self._safe and not self._scopes
        """Whether a rule that is on is so in all values alike."""

    def turn(self, path: Path, *, code: bool = False) -> Turn:
        """A turn for the text at `path`."""
        return Turn(self.methods, code=code, off=self.off_at(path), safe_keys=self.safe_keys)

    def off_at(self, path: Path, kind: Kind = "string") -> frozenset[str]:
        """The rules that mask nothing in the value at `path`."""
        if self.everywhere:
            return self.off
        parts = parts_of(path)
        off = self.off | {name for name, selects in self._scopes.items() if not selects(parts, kind)}
        return off | _ALL if self._is_safe(parts, kind) else off

    def _is_safe(self, parts: list[str], kind: Kind) -> bool:
        """Whether the value, or one that it lies in, is safe."""
        return any(
            selects(parts[:end], kind if end == len(parts) else "object")
            for selects in self._safe
            for end in range(1, len(parts) + 1)
        )


def _chosen(built_in: Mapping[str, BuiltIn]) -> dict[str, Method]:
    return {
        name: Method(rule.method, rule.keep) for name, rule in built_in.items() if "method" in rule.model_fields_set
    }


def _switched_off(built_in: Mapping[str, BuiltIn]) -> Iterator[str]:
    for name in NAMES:
        chosen = built_in.get(name)
        if not chosen.enabled if chosen is not None else name in _OFF:
            yield name


def _scopes(built_in: Mapping[str, BuiltIn], own: Mapping[str, OwnRule]) -> Iterator[tuple[str, Selector]]:
    for name, rule in built_in.items():
        if rule.where is not None:
            yield name, parse_selector(rule.where)
    for name, one in own.items():
        if one.pattern is not None and one.where != "$string":
            yield name, parse_selector(one.where)
