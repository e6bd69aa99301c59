"""What the rules about frames make of a stack: which frames are in the app, and which count.

A frame's own matchers are looked at once for every frame there is: one scan a field finds all patterns that fit.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import re2

from rules.grouping.applying import UNKNOWN, Compiled, Facts, Note, Stack, Test
from rules.grouping.families import families, language
from rules.grouping.frames import Key, counts, frame_key
from rules.grouping.globs import glob_pattern, is_glob
from rules.grouping.lines import Matcher
from rules.grouping.stack_rules import FRAME_KEYS, StackRule, truth
from rules.grouping.version1 import frame_key as first_key

__all__ = ["Judge", "Looked", "Note", "Verdict"]

Frame = dict[str, Any]
_LOOKED_AT = ("function", "module", "file", "abs_path", "package")
_MAX_LOOKED = 16_384  # frames remembered


class Verdict(NamedTuple):
    """On each frame of a stack: whether it is in the app (None: nobody knows), and whether it counts."""

    in_app: list[bool | None]
    counts: list[bool]
    max_frames: int = 0  # the innermost so many count; 0: all
    min_frames: int = 0  # fewer say nothing


class Looked(NamedTuple):
    """What is known of a frame by itself."""

    language: str
    key: Key
    counts: bool  # before any rule
    facts: Facts
    first_key: str  # of the first version


class _Table(NamedTuple):
    """The patterns that may fit frames of one language: by field those without wildcards, and a set of the others."""

    exact: dict[str, dict[str, int]]
    globs: dict[str, tuple[Any, list[int]]]
    always: frozenset[int]  # atoms of families
    rules: tuple[int, ...]


class Judge:
    """Rules, compiled. Built once; remembers frames."""

    def __init__(self, rules: Sequence[StackRule]) -> None:
        self._atoms: dict[tuple[str, str], int] = {}
        self._rules = [self._compile(rule) for rule in rules]
        self._tables: dict[str, _Table] = {}
        self._looked: dict[tuple[Any, ...], Looked] = {}

    def look(self, frame: Frame, event_language: str | None) -> Looked:
        """What is known of a frame by itself, of an event whose language may be known; remembered."""
        context = frame.get("context")
        line = context.get("line") if context else None
        fields: tuple[Any, ...] = tuple(map(frame.get, _LOOKED_AT))
        key = (event_language, line, "address" in frame, fields)
        looked = self._looked.get(key)
        if looked is None:
            if len(self._looked) >= _MAX_LOOKED:  # frames are the producer's to choose
                self._looked.clear()
            name = language(frame, event_language)
            function, module, file, path, package = fields
            facts = self._look(name, path or file, module, function, package)
            looked = Looked(name, frame_key(frame, name), counts(frame, name), facts, first_key(frame))
            self._looked[key] = looked
        return looked

    def judge(self, exception: dict[str, Any], looked: Sequence[Looked], note: Note | None = None) -> Verdict:
        """The verdict on the frames of an exception.

        Args:
            exception: with its frames, the outermost first.
            looked: what is known of each frame.
            note: told of each change.
        """
        in_app = [frame.get("in_app") for frame in exception["frames"]]
        counted = [one.counts for one in looked]
        candidates: set[int] = set()
        for one in looked:
            if one.facts.rules:
                candidates |= one.facts.rules
        if not candidates:
            return Verdict(in_app, counted)
        stack = Stack(exception, [one.facts for one in looked], in_app, counted, note)
        for index in sorted(candidates):
            stack.apply(index, self._rules[index])
        return Verdict(in_app, counted, stack.bounds.get("max-frames", 0), stack.bounds.get("min-frames", 0))

    def _look(
        self, name: str, path: str | None, module: str | None, function: str | None, package: str | None
    ) -> Facts:
        table = self._tables.get(name) or self._tables.setdefault(name, self._table(name))
        atoms = set(table.always)
        values = (_slashed(path), module, function or UNKNOWN, _slashed(package))
        for field, value in zip(FRAME_KEYS, values, strict=True):
            if not value:
                continue
            exact = table.exact.get(field)
            if exact and (atom := exact.get(value)) is not None:
                atoms.add(atom)
            globs = table.globs.get(field)
            if globs:
                atoms.update(globs[1][found] for found in globs[0].Match(value) or ())  # None: none fits
        rules = self._rules
        fit = [
            at for at in table.rules if rules[at].wanted <= atoms and rules[at].unwanted.isdisjoint(atoms)
        ]  # fmt: skip
        return Facts(frozenset(atoms), frozenset(fit))

    def _table(self, name: str) -> _Table:
        """Of the rules that may be about frames of this language."""
        known = families(name)
        always = {
            atom for (key, pattern), atom in self._atoms.items() if key == "family" and known & {*pattern.split(",")}
        }
        family_atoms = {atom for (key, _), atom in self._atoms.items() if key == "family"}
        rules = tuple(
            at
            for at, one in enumerate(self._rules)
            if one.wanted & family_atoms <= always and one.unwanted.isdisjoint(always)
        )
        used = {atom for at in rules for atom in self._used(at)}
        exact: dict[str, dict[str, int]] = {}
        globs: dict[str, list[tuple[str, int]]] = {}
        for (key, pattern), atom in self._atoms.items():
            if key == "family" or atom not in used:
                continue
            if key in ("module", "function") and not is_glob(pattern):
                exact.setdefault(key, {})[pattern] = atom
            else:
                globs.setdefault(key, []).append((pattern, atom))
        sets = {key: (_set_of(key, pairs), [atom for _, atom in pairs]) for key, pairs in globs.items()}
        return _Table(exact, sets, frozenset(always), rules)

    def _used(self, at: int) -> set[int]:
        one = self._rules[at]
        beside = {test.atom for test in (one.caller, one.callee) if test is not None}
        return {*one.wanted, *one.unwanted, *beside}

    def _compile(self, rule: StackRule) -> Compiled:
        tests = [self._test(matcher) for matcher in rule.matchers.own]
        caller, callee = rule.matchers.caller, rule.matchers.callee
        return Compiled(
            rule,
            frozenset(test.atom for test in tests if test.atom >= 0 and not test.negated),
            frozenset(test.atom for test in tests if test.atom >= 0 and test.negated),
            tuple(test for test in tests if test.key in ("app", "category")),
            tuple(test for test in tests if test.key in ("type", "value", "mechanism")),
            self._test(caller) if caller else None,
            self._test(callee) if callee else None,
        )

    def _test(self, matcher: Matcher) -> Test:
        key, pattern, negated = matcher
        if key in FRAME_KEYS or key == "family":
            atom = self._atoms.setdefault((key, pattern), len(self._atoms))
            return Test(key, negated, atom, None, flag=False)
        if key == "app":
            return Test(key, negated, -1, None, flag=truth(pattern))
        return Test(key, negated, -1, re2.compile(glob_pattern(pattern)).fullmatch, flag=False)


def _slashed(path: str | None) -> str | None:
    if not path:
        return None
    path = path.replace("\\", "/")
    return path if path.startswith("/") else f"/{path}"


def _set_of(key: str, pairs: list[tuple[str, int]]) -> Any:
    made = re2.Set.FullMatchSet()
    for pattern, _ in pairs:
        made.Add(glob_pattern(pattern, path=key in ("path", "package")))
    made.Compile()
    return made
