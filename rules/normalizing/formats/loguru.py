"""loguru, for Python: records written with `serialize=True`.

https://loguru.readthedocs.io/en/stable/api/logger.html#record
"""

import re
from typing import Any

from rules import stacktraces
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, read_traceparent
from rules.normalizing.named import read_named
from rules.normalizing.paths import at, obj

__all__ = ["FORMAT", "plain_trace"]

_NAMES = Names(
    {
        "timestamp": "time.timestamp",
        "message": "message",
        "severity": "level",
        "logger": "name",
        "source_file": "file.path file.name",
        "line_number": "line",
    },
    LOGGED,
)
_UNSAID = frozenset({"elapsed", "exception", "extra", "level", "module"})
_MARGIN = 300  # characters in front of a value that loguru draws below a line of source
_DRAWN = re.compile(r"[ │]{0,300}[└│]")


def plain_trace(text: str) -> str:
    """A traceback as CPython writes it: without values drawn below the lines, blank lines, and `>` at the catcher."""
    if "\n\n  File " not in text and "\n> File " not in text and "└" not in text:
        return text
    lines = [line for line in text.split("\n") if not (_drawn(line))]
    made: list[str] = []
    for index, line in enumerate(lines):
        ahead = lines[index + 1] if index + 1 < len(lines) else ""
        if not line and (ahead.startswith(("  File ", "> File ")) or (made and made[-1].startswith("    "))):
            continue
        made.append(f"  {line[2:]}" if line.startswith("> File ") else line)
    return "\n".join(made)


def _drawn(line: str) -> bool:
    return line.startswith("    ") and _DRAWN.match(line[:_MARGIN]) is not None


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    fields = obj(record.get("record"))
    told = {name: value for name, value in fields.items() if name not in _UNSAID}
    level = {"level": at(fields, "level", "name") or at(fields, "level", "no")}
    draft = read_named({**obj(fields.get("extra")), **told, **level}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "python"
    extra = draft.get("extra", {})
    extra.pop("time", None)  # once more, as text
    extra.pop("file", None)
    read_traceparent(draft)
    if fields.get("exception"):
        _put_exception(draft, fields, record.get("text"))
    return [draft]


def _put_exception(draft: Draft, fields: Record, text: Any) -> None:
    """The traceback is only in the text, below the message."""
    trace = stacktraces.find(plain_trace(text)) if isinstance(text, str) else None
    if trace is not None:
        draft["exception"], draft["stack_trace"] = trace.exceptions, trace.text
        return
    draft["exception"] = raised(at(fields, "exception", "type"), at(fields, "exception", "value"), None)


def _detect(record: Record) -> bool:
    fields = record["record"]
    return isinstance(fields, dict) and "message" in fields and isinstance(fields.get("level"), dict)


FORMAT = ObjectFormat("loguru", frozenset({"record"}), _detect, _parse)
