"""Write the manual's table of options: `python tools/manual.py`. `--check` only says whether it is current."""

from __future__ import annotations

import dataclasses
import logging
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE / "src"))

from seawall_client.options import Options  # noqa: E402  it is found by the line above

MANUAL = HERE / "README.md"
_LEVELS = ("event_level", "breadcrumb_level")


def options_table() -> str:
    """The options as a table of Markdown."""
    rows = ["| option | default | variable | what |", "|---|---|---|---|"]
    for field in dataclasses.fields(Options):
        variable = field.metadata["variable"]
        cells = (f"`{field.name}`", _default(field), f"`{variable}`" if variable else "", field.metadata["doc"])
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def put(text: str, name: str, block: str) -> str:
    """The manual with a block written anew between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    start = text.index(f"<!-- {name}:")
    start = text.index("-->", start) + len("-->")
    end = text.index(f"<!-- /{name} -->")
    return f"{text[:start]}\n{block}\n{text[end:]}"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING or field.default is None or field.default == ():
        return ""
    value = field.default
    if field.name in _LEVELS:
        return f"`logging.{logging.getLevelName(value)}`"
    if isinstance(value, tuple):
        return " ".join(f"`{one}`" for one in value)
    return f"`{value:,}`" if isinstance(value, int) and not isinstance(value, bool) else f"`{value}`"


def main() -> int:
    """Write it, or compare."""
    old = MANUAL.read_text(encoding="utf-8")
    new = put(old, "options", options_table())
    if "--check" in sys.argv:
        return int(new != old)
    MANUAL.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
