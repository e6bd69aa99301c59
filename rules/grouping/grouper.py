"""From a masked draft to its group."""

from typing import TYPE_CHECKING, Any, NamedTuple

from rules.grouping.fingerprint_rules import DEFAULT, VARIABLE, FingerprintRule
from rules.grouping.fingerprinting import expand
from rules.grouping.grouping import Grouping, VariantName, digest
from rules.grouping.messages import Message, message_of
from rules.grouping.ruleset import KnownStack, Ruleset
from rules.grouping.variables import values_of
from rules.grouping.version1 import message_parts

if TYPE_CHECKING:
    from rules.rulefile.grouping import GroupingRules

__all__ = ["Grouper", "Variant"]

Draft = dict[str, Any]
Parts = tuple[str, ...]

_MAX_TITLE = 200
_MAX_RULESETS = 1_000  # of services; beyond, they are compiled anew
_DEFAULTS = frozenset({DEFAULT, "{{default}}"})


class _Decided(NamedTuple):
    """A draft's variants under one set of rules: parts and fingerprint, the deciding one first."""

    name: VariantName
    variants: tuple[tuple[Parts, str], ...]
    stack: KnownStack
    message: Message | None
    rule: FingerprintRule | None


class Variant(NamedTuple):
    """One way by which an event may join a group."""

    label: str
    components: Parts
    hash: str


class Grouper:
    """Gives events their groups by the rules of a rule file. Built once; safe to share, and pure but for its memory.

    Args:
        rules: the rule file's section; None: only what is built in.
        previous: the rules that held before, whose groups events go on to join.
    """

    def __init__(self, rules: "GroupingRules | None" = None, previous: "GroupingRules | None" = None) -> None:
        if previous is None and rules is not None:
            previous = rules.previous
        self._rules = rules
        self._by_service = rules is not None and bool(rules.services)
        self._rulesets: dict[str, Ruleset] = {}
        self._previous = None if previous is None or previous == rules else Grouper(previous)
        self._version1 = rules is None or rules.join_version_1

    def group(self, draft: Draft, mark: int | None = None) -> Grouping:
        """The group of a draft. Everything in it must be masked: titles and culprits are shown as they are.

        Args:
            draft: the masked draft; not changed.
            mark: `rules.marks.chain_mark` of its exceptions, where it is known: the same few chains come again and
                again.
        """
        exceptions: list[Draft] = draft.get("exception") or []
        decided = self._decide(draft, exceptions, mark)
        stack = decided.stack
        own = tuple(dict.fromkeys(fingerprint for _, fingerprint in decided.variants))
        hashes = own
        if self._previous is not None:
            before = self._previous._decide(draft, exceptions, mark)  # noqa: SLF001 one of its own kind
            hashes += tuple(fingerprint for _, fingerprint in before.variants)
        if self._version1:
            hashes += (self._first_version(draft, stack)[1],)
        transaction = draft.get("transaction") or None
        components, fingerprint = decided.variants[0]
        return Grouping(
            fingerprint,
            self._title(draft, exceptions, decided),
            (transaction or stack.place) if stack.library else (stack.place or transaction),
            decided.name,
            components,
            tuple(dict.fromkeys(hashes)) if len(hashes) > 1 else hashes,
            len(own),
            decided.message.pattern if decided.message and decided.name == "message" else None,
            decided.rule.text if decided.rule else None,
        )

    def variants(self, draft: Draft) -> list[Variant]:
        """Every way by which the event may join a group, the deciding one first, and what each is made of."""
        exceptions: list[Draft] = draft.get("exception") or []
        decided = self._decide(draft, exceptions, None)
        found = [Variant(label, *one) for label, one in zip(_labels(decided), decided.variants, strict=False)]
        if self._previous is not None:
            before = self._previous._decide(draft, exceptions, None)  # noqa: SLF001 one of its own kind
            labels = [f"{label}, by the rules before" for label in _labels(before)]
            found += [Variant(label, *one) for label, one in zip(labels, before.variants, strict=False)]
        if self._version1:
            found.append(Variant("version 1", *self._first_version(draft, decided.stack)))
        return found

    def ruleset(self, service: str) -> Ruleset:
        """The rules that hold for a service."""
        name = service if self._by_service else ""
        found = self._rulesets.get(name)
        if found is None:
            if len(self._rulesets) >= _MAX_RULESETS:  # services are the producer's to choose
                self._rulesets.clear()
            found = self._rulesets[name] = Ruleset.of(self._rules, service)
        return found

    def _decide(self, draft: Draft, exceptions: list[Draft], mark: int | None) -> _Decided:
        ruleset = self.ruleset(draft.get("service") or "")
        stack = ruleset.stack(draft, exceptions, mark)
        name: VariantName = "stack"
        variants, message = stack.variants, None
        if not variants:
            message = message_of(draft, exceptions, stack.main)
            name, variants = message.variant, ((message.parts, digest(message.parts)),)
        rule = ruleset.fingerprints.find(draft, stack.fitting) if ruleset.fingerprints else None
        parts = rule.parts if rule is not None else draft.get("fingerprint") or ()
        if parts and not _DEFAULTS.issuperset(parts):
            name, variants = "custom", _custom(draft, parts, variants, stack)
        return _Decided(name, variants, stack, message, rule)

    def _first_version(self, draft: Draft, stack: KnownStack) -> tuple[Parts, str]:
        """The parts and the fingerprint of the first version."""
        given = draft.get("fingerprint") or []
        if not given or _DEFAULTS.issuperset(given):
            if stack.earlier is not None:
                return stack.earlier
            parts = message_parts(draft)
        elif _DEFAULTS.isdisjoint(given):
            parts = _mixed(given, ())
        else:
            parts = _mixed(given, message_parts(draft) if stack.earlier is None else stack.earlier[0])
        return parts, digest(parts)

    def _title(self, draft: Draft, exceptions: list[Draft], decided: _Decided) -> str:
        rule = decided.rule
        if rule is not None and rule.title:
            return expand(rule.title, values_of(draft, decided.stack, pattern=False))[:_MAX_TITLE]
        raised = exceptions[decided.stack.main] if exceptions else {}
        kind = raised.get("type") or draft.get("error_type")
        value = _first_line(raised.get("value") or draft.get("message") or "")
        if not kind:
            return value or "Unknown error"
        if not value or value == kind:
            return str(kind)[:_MAX_TITLE]
        return value if value.startswith(f"{kind}: ") else f"{kind}: {value}"[:_MAX_TITLE]


def _custom(
    draft: Draft, given: Parts | list[str], variants: tuple[tuple[Parts, str], ...], stack: KnownStack
) -> tuple[tuple[Parts, str], ...]:
    """The parts of a fingerprint with their variables replaced, and ours where they ask for them."""
    if any("{{" in part and part not in _DEFAULTS and VARIABLE.search(part) for part in given):
        values = values_of(draft, stack, pattern=True)
        given = [part if part in _DEFAULTS else expand(part, values) for part in given]
    if _DEFAULTS.isdisjoint(given):
        variants = variants[:1]
    made = [_mixed(given, parts) for parts, _ in variants]
    return tuple((parts, digest(parts)) for parts in dict.fromkeys(made))


def _mixed(given: Parts | list[str], ours: Parts) -> Parts:
    made: list[str] = []
    for part in given:
        made.extend(ours if part in _DEFAULTS else [f"custom:{part}"])
    return tuple(made)


def _labels(decided: _Decided) -> list[str]:
    if decided.name in ("message", "type"):
        return [decided.name]
    first = "stack" if decided.name == "stack" else "own fingerprint"
    return [first, f"{first}, all frames"]


def _first_line(text: str) -> str:
    text = text.lstrip()
    return text[:_MAX_TITLE].split("\n", 1)[0].rstrip()
