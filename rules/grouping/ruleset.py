"""The rules that hold for one service, compiled, and the stacks that they have judged."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.grouping.chains import shape
from rules.grouping.fingerprint_rules import parse_fingerprint_rules
from rules.grouping.fingerprinting import Fingerprints
from rules.grouping.grouping import digest
from rules.grouping.judging import Judge, Looked
from rules.grouping.stack_defaults import DEFAULT_STACK_RULES
from rules.grouping.stack_rules import parse_stack_rules
from rules.grouping.stacks import judge_stack
from rules.grouping.version1 import stack_parts

if TYPE_CHECKING:
    from rules.rulefile.grouping import GroupingRules

__all__ = ["KnownStack", "Ruleset"]

Draft = dict[str, Any]
Parts = tuple[str, ...]

_MAX_KNOWN = 8_192  # stacks remembered
_MAX_REMEMBERED = 8_192  # characters of one stack's components


class KnownStack(NamedTuple):
    """What is known of a stack: its variants as parts and fingerprint, the app's first; none: it says nothing."""

    variants: tuple[tuple[Parts, str], ...]
    earlier: tuple[Parts, str] | None  # by the first version
    place: str | None
    library: bool
    main: int
    fitting: frozenset[int]  # the fingerprint rules that a frame of it fits


class Ruleset:
    """The rules of a service. Pure but for what it remembers."""

    def __init__(self, stack_lines: Sequence[str], fingerprint_lines: Sequence[str], *, earlier: bool) -> None:
        stack_rules = parse_stack_rules(stack_lines)
        self.judge = Judge(stack_rules)
        self.fingerprints = Fingerprints(parse_fingerprint_rules(fingerprint_lines))
        self._reads = tuple(
            key for key in ("value", "mechanism") if any(_reads(rule.matchers, key) for rule in stack_rules)
        )
        self._earlier = earlier
        self._known: dict[Any, KnownStack] = {}

    @classmethod
    def of(cls, rules: "GroupingRules | None", service: str) -> "Ruleset":
        """What the rule file says of a service."""
        if rules is None:
            return cls(DEFAULT_STACK_RULES, (), earlier=True)
        own = [one for one in rules.services if one.fits(service)]
        builtin = DEFAULT_STACK_RULES if rules.builtin_stack_rules else ()
        return cls(
            [*builtin, *rules.stack_rules, *(line for one in own for line in one.stack_rules)],
            [*(line for one in own for line in one.fingerprints), *rules.fingerprints],
            earlier=rules.join_version_1,
        )

    def stack(self, draft: Draft, exceptions: list[Draft], mark: int | None) -> KnownStack:
        """What the stack of a draft says, remembered by its mark."""
        if mark is None:
            return self._judge(draft, exceptions)
        key = (mark, draft.get("language"), shape(exceptions))
        if self._reads:
            key = (*key, tuple(one.get(name) for one in exceptions for name in self._reads))  # type: ignore[assignment]
        known = self._known.get(key)
        if known is None:
            known = self._judge(draft, exceptions)
            if sum(sum(map(len, parts)) for parts, _ in known.variants) <= _MAX_REMEMBERED:
                if len(self._known) >= _MAX_KNOWN:  # stacks are the producer's to choose
                    self._known.clear()
                self._known[key] = known
        return known

    def _judge(self, draft: Draft, exceptions: list[Draft]) -> KnownStack:
        judged = judge_stack(exceptions, draft.get("language"), self.judge)
        variants = tuple((parts, digest(parts)) for parts in dict.fromkeys((judged.app, judged.system)) if parts)
        earlier = self._earlier_parts(exceptions, judged.looked) if self._earlier else ()
        stacks = [(one.get("frames") or (), flags) for one, flags in zip(exceptions, judged.in_app, strict=True)]
        return KnownStack(
            variants,
            (earlier, digest(earlier)) if earlier else None,
            judged.place,
            judged.library,
            judged.main,
            self.fingerprints.by_frames(stacks) if self.fingerprints else frozenset(),
        )

    @staticmethod
    def _earlier_parts(exceptions: list[Draft], looked: Sequence[Sequence[Looked]]) -> Parts:
        return stack_parts(exceptions, [[one.first_key for one in frames] for frames in looked])


def _reads(matchers: Any, key: str) -> bool:
    return any(one is not None and one.key == key for one in (*matchers.own, matchers.caller, matchers.callee))
