"""Which rule gives an event its fingerprint, and what the variables in it stand for."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import re2

from rules.grouping.families import families, language
from rules.grouping.fingerprint_rules import VARIABLE, FingerprintRule, is_variable
from rules.grouping.globs import glob_pattern
from rules.grouping.lines import Matcher
from rules.grouping.stack_rules import FRAME_KEYS, truth

__all__ = ["Fingerprints", "expand"]

Draft = dict[str, Any]
Values = Callable[[str], str | None]

_ANY_CASE = frozenset({"message", "value", "level"})
_FRAME = frozenset({*FRAME_KEYS, "app"})
_RAISED = frozenset({"type", "value"})
_FIELDS = {"level": "severity"}
_LISTED = frozenset({"family", "sdk"})  # several names, with commas


class _Test(NamedTuple):
    key: str
    negated: bool
    fits: Callable[[str], object]
    words: frozenset[str]


class _Compiled(NamedTuple):
    rule: FingerprintRule
    frame: tuple[_Test, ...]
    caller: _Test | None
    callee: _Test | None
    raised: tuple[_Test, ...]
    event: tuple[_Test, ...]

    @property
    def about_frames(self) -> bool:
        return bool(self.frame or self.caller or self.callee)


class Fingerprints:
    """Fingerprint rules, compiled. The first that fits decides."""

    def __init__(self, rules: Iterable[FingerprintRule]) -> None:
        self._rules = [_compile(rule) for rule in rules]
        self._about_frames = [index for index, one in enumerate(self._rules) if one.about_frames]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._rules)

    def by_frames(self, stacks: Sequence[tuple[Sequence[Draft], Sequence[bool | None]]]) -> frozenset[int]:
        """The rules for which some frame fits, of those that ask for one.

        Args:
            stacks: of each exception its frames, and whether they are in the app.
        """
        return frozenset(
            index
            for index in self._about_frames
            if any(_fits_stack(self._rules[index], frames, flags) for frames, flags in stacks)
        )

    def find(self, draft: Draft, fitting: frozenset[int]) -> FingerprintRule | None:
        """The rule that decides about an event.

        Args:
            draft: the event.
            fitting: what `by_frames` said of its stacks.
        """
        for index, one in enumerate(self._rules):
            if (
                (index in fitting or not one.about_frames)
                and (not one.raised or _fits_raised(one.raised, draft))
                and all(_fits_event(test, draft) is not test.negated for test in one.event)
            ):
                return one.rule
        return None


def expand(text: str, values: Values) -> str:
    """`text` with its variables replaced; `<no-type>` and the like where there is no value."""
    if "{{" not in text:
        return text
    return VARIABLE.sub(
        lambda found: (values(found[1]) or f"<no-{found[1]}>") if is_variable(found[1]) else found[0], text
    )


def _compile(rule: FingerprintRule) -> _Compiled:
    tests = [_test(matcher) for matcher in rule.matchers.own]
    caller, callee = rule.matchers.caller, rule.matchers.callee
    return _Compiled(
        rule,
        tuple(test for test in tests if test.key in _FRAME),
        _test(caller) if caller else None,
        _test(callee) if callee else None,
        tuple(test for test in tests if test.key in _RAISED),
        tuple(test for test in tests if test.key not in _FRAME and test.key not in _RAISED),
    )


def _test(matcher: Matcher) -> _Test:
    key, pattern, negated = matcher
    if key == "app":
        wanted = truth(pattern)
        return _Test(key, negated, lambda given: (given == "yes") is wanted, frozenset())
    made = glob_pattern(pattern, path=key in ("path", "package"))
    compiled = re2.compile(f"(?i){made}" if key in _ANY_CASE else made)
    words = frozenset(pattern.split(",")) if key in _LISTED else frozenset()
    return _Test(key, negated, lambda given: compiled.fullmatch(given) is not None, words)


def _fits_stack(one: _Compiled, frames: Sequence[Draft], flags: Sequence[bool | None]) -> bool:
    last = len(frames) - 1
    return any(
        all(_fits_frame(test, frame, flags[at]) for test in one.frame)
        and (one.caller is None or (at > 0 and _fits_frame(one.caller, frames[at - 1], flags[at - 1])))
        and (one.callee is None or (at < last and _fits_frame(one.callee, frames[at + 1], flags[at + 1])))
        for at, frame in enumerate(frames)
    )


def _fits_frame(test: _Test, frame: Draft, in_app: bool | None) -> bool:  # noqa: FBT001 three-valued
    if test.key == "app":
        return bool(test.fits("yes" if in_app else "no")) is not test.negated
    value = (frame.get("abs_path") or frame.get("file")) if test.key == "path" else frame.get(test.key)
    if not value:
        return test.negated
    if test.key in ("path", "package"):
        value = value.replace("\\", "/")
        value = value if value.startswith("/") else f"/{value}"
    return bool(test.fits(value)) is not test.negated


def _fits_raised(tests: Sequence[_Test], draft: Draft) -> bool:
    """Whether one and the same exception fits all; an event without any has a type and a message all the same."""
    raised = draft.get("exception") or [{"type": draft.get("error_type"), "value": draft.get("message")}]
    return any(all(_fits_exception(test, one) is not test.negated for test in tests) for one in raised)


def _fits_exception(test: _Test, exception: Draft) -> bool:
    value = exception.get(test.key) or ""
    if test.fits(value):
        return True
    return bool(test.key == "type" and exception.get("module") and test.fits(f"{exception['module']}.{value}"))


def _fits_event(test: _Test, draft: Draft) -> bool:
    key = test.key
    if key.startswith("tags."):
        value = (draft.get("tags") or {}).get(key.removeprefix("tags."))
        return value is not None and bool(test.fits(value))
    if key == "family":
        return not test.words.isdisjoint(families(_language(draft)))
    value = draft.get(_FIELDS.get(key, key)) or ""
    if key == "message":
        return bool(test.fits(value)) or any(test.fits(one.get("value") or "") for one in draft.get("exception") or ())
    if key == "sdk" and value.partition("/")[0] in test.words:
        return True
    return bool(test.fits(value))


def _language(draft: Draft) -> str:
    """By what the event says, else by its innermost frame."""
    last: Draft = next(
        (frames[-1] for one in reversed(draft.get("exception") or ()) if (frames := one.get("frames"))), {}
    )
    return language(last, draft.get("language"))
