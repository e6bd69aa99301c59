"""What the models of all sections of the rule file share."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Name", "Part", "Pattern", "Patterns", "listed", "one_or_more"]


class Part(BaseModel):
    """A section, or a part of one: frozen, and no key in it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


def listed(value: Any) -> Any:
    """A list, where a single item may stand for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def one_or_more(schema: dict[str, Any]) -> None:
    """Let editors know that a list of one may be written without its brackets."""
    item = schema.pop("items")
    schema["anyOf"] = [item, {"type": schema.pop("type"), "items": item}]


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Patterns = Annotated[
    tuple[Pattern, ...],
    BeforeValidator(listed),
    Field(min_length=1, max_length=100, json_schema_extra=one_or_more),
]
