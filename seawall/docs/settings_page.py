"""docs/settings.md, from the settings model."""

import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from seawall.settings import PREFIX, Settings

__all__ = ["settings_page"]

HEAD = """\
# Settings

<!-- Made from seawall/settings.py by `python -m seawall.docs`. -->

Every setting is an environment variable. Where a value comes from, the first that has it: the environment, a `.env`
file in the working folder, the embedded servers that `seawall up` runs in the data folder, the default. An empty
variable counts as unset. `seawall doctor` names variables that begin with `SEAWALL_` and are no settings.

Secrets are never printed or logged, and an error about one names the variable, not the value.
"""
KINDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true`, `false`",
    Path: "path",
    SecretStr: "secret",
}
# The first setting of a section, in the order of the model, and the section's name.
SECTIONS = {
    "data": "The data folder",
    "kafka_bootstrap_servers": "Kafka",
    "database_url": "PostgreSQL and Redis",
    "errors_topic": "Topics",
    "rules": "The job",
    "slack_bot_token": "Channels",
    "email_server": "More channels",
    "instance": "Workers",
    "gateway_host": "The gateway",
    "metrics_host": "Health, metrics, logs",
}


def settings_page() -> str:
    """The page's text."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    lines: list[str] = []
    for name, field in Settings.model_fields.items():
        lines = sections.get(name, lines)
        cells = [f"`{PREFIX}{name.upper()}`", _default(field), _values(field), _escaped(field.description or "")]
        lines.append("| " + " | ".join(cells) + " |")
    head = ["| variable | default | values | what |", "|---|---|---|---|"]
    parts = ["\n".join(["", f"## {SECTIONS[name]}", "", *head, *rows]) for name, rows in sections.items()]
    return "\n".join([HEAD.rstrip("\n"), *parts]) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None or value == {}:
        return "unset"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value == []:
        return "empty"
    if isinstance(value, list):
        items = ", ".join(f'"{item}"' for item in value)
        return f"`[{items}]`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _values(field: FieldInfo) -> str:
    limits = [
        f"{word} {getattr(rule, name)}"
        for rule in field.metadata
        for name, word in (("gt", "above"), ("ge", "from"), ("le", "to"), ("max_length", "at most"))
        if getattr(rule, name, None) is not None
    ]
    return " ".join([_kind(field.annotation), *limits])


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin in {Union, types.UnionType}:
        return _kind(next(one for one in arguments if one is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if origin is list:
        return "JSON list"
    if origin is dict:
        return "secrets by name"
    kinds = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "`true`, `false`",
        Path: "path",
        SecretStr: "secret",
    }
    return kinds[annotation]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
