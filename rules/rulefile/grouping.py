"""The section `grouping` of the rule file: which errors are the same."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rules.grouping.fingerprint_rules import parse_fingerprint_rules
from rules.grouping.lines import LineError
from rules.grouping.stack_rules import parse_stack_rules
from rules.matching import compile_match
from rules.rulefile.part import Part, Patterns

__all__ = ["GroupingRules", "ServiceGrouping"]

_MAX_LINES = 1_000


def _lines(value: Any) -> Any:
    """A text as its lines; a list of lines stays one."""
    return value.splitlines() if isinstance(value, str) else value


def _checked(parse: Callable[[Sequence[str]], object]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(lines: tuple[str, ...]) -> tuple[str, ...]:
        problems = []
        for number, line in enumerate(lines, 1):
            try:
                parse([line])
            except LineError as error:
                problems.append(f"line {number} of it: {error.problem}")
        if problems:
            raise ValueError("; ".join(problems))
        return lines

    return check


def _text_or_list(schema: dict[str, Any]) -> None:
    item = schema.pop("items")
    schema["anyOf"] = [{"type": "string"}, {"type": schema.pop("type"), "items": item}]


StackLines = Annotated[
    tuple[str, ...],
    BeforeValidator(_lines),
    AfterValidator(_checked(parse_stack_rules)),
    Field(max_length=_MAX_LINES, json_schema_extra=_text_or_list),
]
FingerprintLines = Annotated[
    tuple[str, ...],
    BeforeValidator(_lines),
    AfterValidator(_checked(parse_fingerprint_rules)),
    Field(max_length=_MAX_LINES, json_schema_extra=_text_or_list),
]
_STACK = "rules about frames, a line each: `stack.abs_path:**/vendor/** -app`; later ones win"
_FINGERPRINTS = (
    "rules that give fingerprints, a line each: `error.type:Timeout* -> timeout`; the first that fits decides"
)


class ServiceGrouping(Part):
    """Rules for some services only: about frames after all others, about fingerprints before all others."""

    service: Patterns = Field(description="their names (`*` and `?` are wild)")
    stack_rules: StackLines = Field((), description=_STACK)
    fingerprints: FingerprintLines = Field((), description=_FINGERPRINTS)

    def fits(self, service: str) -> bool:
        """Whether they are for this service."""
        return compile_match({"service": self.service}, {"service": str})(service)


class GroupingRules(Part):
    """How errors are grouped, beside what is built in."""

    stack_rules: StackLines = Field((), description=_STACK)
    fingerprints: FingerprintLines = Field((), description=_FINGERPRINTS)
    services: tuple[ServiceGrouping, ...] = Field((), max_length=200, description="rules for some services only")
    builtin_stack_rules: bool = Field(True, description="the built-in rules about frames hold, before these")  # noqa: FBT003
    similarity: float = Field(
        0.75,
        ge=0.5,
        le=1,
        description="share of a message's words that must be the same as another's for both to be of one group, where "
        "no stack decides; 1: all",
    )
    previous: "GroupingRules | None" = Field(
        None, description="the rules that held before, for a while: errors go on to join the groups that they made"
    )
    join_version_1: bool = Field(
        True,  # noqa: FBT003
        description="errors go on to join the groups that the first version of grouping made",
    )
