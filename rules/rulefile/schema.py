"""The JSON Schema of the rule file, for editors. `python -m rules.rulefile.schema` prints it."""

import json
import sys
from typing import Any

from rules.rulefile.durations import DURATION_PATTERN, write_duration
from rules.rulefile.model import RuleFile

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema, as docs/schema/rules.schema.json holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seawall's rule file",
        **_plain(RuleFile.model_json_schema(by_alias=True)),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _plain(node: Any) -> Any:
    """Without what only pydantic needs: titles made of names, null as a value, defaults that are whole mappings."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    choices = [choice for choice in plain.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del plain["anyOf"]
        plain = {**choices[0], **plain}
    if "anyOf" in plain:  # these are about the list, and said inside of it
        plain = {key: value for key, value in plain.items() if key not in {"minLength", "maxLength", "minItems"}}
    default = plain.get("default", "")
    if default is None or default == [] or isinstance(default, dict):
        del plain["default"]
    elif plain.get("pattern") == DURATION_PATTERN and isinstance(default, int):
        plain["default"] = write_duration(default)
    return plain


if __name__ == "__main__":
    sys.stdout.write(schema_text())
