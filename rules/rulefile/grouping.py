"""The section `grouping` of the rule file: which errors are the same."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from rules.grouping.fingerprint_rules import parse_fingerprint_rules
from rules.grouping.lines import LineError
from rules.grouping.stack_rules import parse_stack_rules
from rules.matching import compile_match
from rules.rulefile.part import Part, Patterns

__all__ = ["GroupingRules", "ServiceGrouping"]

_MAX_LINES = 1_000


Parse = Callable[[Sequence[str]], object]


def _lines(parse: Parse) -> Callable[[Any], Any]:
    """A text as its lines, checked; a list of lines stays one."""

    def split(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        lines = value.splitlines()
        try:
            parse(lines)
        except LineError as error:
            where = {"said": error.problem, "line": error.line, "column": 1}
            raise PydanticCustomError("within_text", "{said}", where) from None
        return lines

    return split


def _line(parse: Parse) -> Callable[[str], str]:
    def check(line: str) -> str:
        try:
            parse([line])
        except LineError as error:
            raise ValueError(error.problem) from None
        return line

    return check


def _text_or_list(schema: dict[str, Any]) -> None:
    item = schema.pop("items")
    schema["anyOf"] = [{"type": "string"}, {"type": schema.pop("type"), "items": item}]


StackLines = Annotated[
    tuple[Annotated[str, AfterValidator(_line(parse_stack_rules))], ...],
    BeforeValidator(_lines(parse_stack_rules)),
    Field(max_length=_MAX_LINES, json_schema_extra=_text_or_list),
]
FingerprintLines = Annotated[
    tuple[Annotated[str, AfterValidator(_line(parse_fingerprint_rules))], ...],
    BeforeValidator(_lines(parse_fingerprint_rules)),
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
