"""docs/formats.md, from the formats, envelopes and readers of stack traces, and from the records that prove them."""

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from rules.normalizing import registry
from rules.normalizing.contract import BytesFormat, ObjectFormat, TextFormat
from seawall.docs.formats_text import CARRIERS, HEAD, HINTS, LANGUAGES, TRACES, WRITERS

__all__ = ["formats_page"]

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures"
MOST_KEYS = 6  # shown of those that a format is known by
MOST_STARTS = 6
INSTALLED = ("make.sh", "go.mod", "pom.xml", "Cargo.toml")  # files that name a version
_URL = re.compile(r"https?://[^\s();]+[^\s();.:,]")
_MOST_MARKS = 40  # keys; more are every name of a field

Format = ObjectFormat | TextFormat | BytesFormat


def formats_page() -> str:
    """The page's text."""
    counts = _counts()
    objects = [_row(one, _by_keys(one), counts) for one in registry.OBJECT_FORMATS]
    others = registry.ANY_OBJECT, registry.ANY_TEXT
    return "\n".join(
        [
            HEAD,
            _table(("name", "what writes it", "known by, as JSON", "proof"), objects),
            _row(others[0], "any other object", counts),
            "",
            _table(
                ("name", "what writes it", "begins", "proof"),
                [_row(one, _by_starts(one), counts) for one in registry.TEXT_FORMATS],
            ),
            _row(others[1], "any other text", counts),
            "",
            _table(
                ("name", "what writes it", "content type", "proof"),
                [
                    _row(one, ", ".join(f"`{kind}`" for kind in sorted(one.content_types)), counts)
                    for one in registry.BYTES_FORMATS
                ],
            ),
            HINTS,
            _table(("around it", "form", "proof"), list(_envelopes())),
            TRACES,
            _table(("what is read", "proof"), list(_languages())),
            "",
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows])


def _row(one: Format, known: str, counts: Counter[str]) -> str:
    return f"| `{one.name}` | {_about(_modules()[one])} | {known} | {_proof(one.name, counts)} |"


@cache
def _modules() -> dict[Format, ModuleType]:
    """The module of each format."""
    modules = [module for _, module in inspect.getmembers(registry, inspect.ismodule)]
    return {one: module for module in modules for one in vars(module).values() if isinstance(one, Format)}


def _about(module: Any) -> str:
    """The first sentence of what a module says of itself, with the document that it follows."""
    text = inspect.getdoc(module) or ""
    told = " ".join(text.split("\n\n")[0].split())
    url = _URL.search(text)
    told = _URL.sub("", told).rstrip(".:; ").replace("|", "\\|")
    return f"[{told}]({url[0]})" if url else told


def _by_keys(one: ObjectFormat) -> str:
    if len(one.marks) > _MOST_MARKS:
        return "any name of a field"
    keys = sorted(one.marks)
    more = f", … {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
    return ", ".join(f"`{key}`" for key in keys[:MOST_KEYS]) + more


def _by_starts(one: TextFormat) -> str:
    if not one.starts:
        return "with anything"
    if len(one.starts) > MOST_STARTS:
        return "with a letter" if any(map(str.isalpha, one.starts)) else "with a digit"
    return ", ".join(f"`{sign}`" for sign in one.starts)


def _proof(name: str, counts: Counter[str]) -> str:
    writers = ", ".join(map(_versioned, WRITERS.get(name, ())))
    records = _records(counts[name])
    return f"{records} of {writers}" if writers and counts[name] else records


def _counts() -> Counter[str]:
    """Records of each format among the fixtures."""
    found: Counter[str] = Counter()
    for path in (FIXTURES / "expected").rglob("*.json"):
        drafts = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(drafts, list):
            found.update({draft["format"] for draft in drafts})
    for path in (FIXTURES / "records").rglob("*.headers"):
        kind = json.loads(path.read_text(encoding="utf-8")).get("content-type", "").partition(";")[0]
        found.update(one.name for one in registry.BYTES_FORMATS if kind in one.content_types)
    return found


@cache
def _sources() -> str:
    files = sorted(path for path in (FIXTURES / "programs").rglob("*") if path.name in INSTALLED)
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _versioned(name: str) -> str:
    """The name of a library with the version that wrote the fixtures, where it was installed by one.

    `name==` is one of Python's and `name@` one of Node's, where both have one of that name.
    """
    sign = r'(?:==|@| v|</artifactId><version>| = "=| = \{ version = "=)'
    for one in ("==", "@"):
        if name.endswith(one):
            name, sign = name.removesuffix(one), one
    found = re.search(rf"(?<![\w.-]){re.escape(name)}{sign}([0-9][\w.]*)", _sources())
    return f"{name} {found[1]}" if found else name


def _envelopes() -> Iterator[str]:
    for name, (forms, records) in CARRIERS.items():
        module = import_module(f"rules.normalizing.envelopes.{name}")
        paths = [path for path in (FIXTURES / "records").glob(records) if path.suffix != ".headers"]
        yield f"| {_about(module)} | {forms or 'that of what lies within'} | {_records(len(paths))} |"


def _languages() -> Iterator[str]:
    for modules, prefixes in LANGUAGES.items():
        told = ". ".join(_about(import_module(f"rules.stacktraces.{name}")) for name in modules.split())
        paths = [path for prefix in prefixes for path in (FIXTURES / "records" / "text").glob(f"{prefix}-*")]
        yield f"| {told} | {_records(len(paths))} |"


def _records(count: int) -> str:
    return "after its document" if not count else "1 record" if count == 1 else f"{count} records"
