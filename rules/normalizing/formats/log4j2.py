"""Log4j 2's own JSON: JsonLayout, and the template of that name.

https://logging.apache.org/log4j/2.x/manual/layouts.html
"""

from itertools import islice
from typing import Any

from models import bounds
from rules.coercing import Remarks, string_map
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import text_at
from rules.stacktraces.parsed import split_type

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "instant timeMillis timestamp",
        "message": "message",
        "severity": "level",
        "logger": "loggerName",
        "source_file": "source.file",
        "line_number": "source.line",
    },
    CONTEXT,
)
_LEFT_OUT = frozenset({"endOfBatch", "loggerFqcn", "threadPriority", "contextMap", "thrown", "marker"})
_BESIDE = frozenset({"endOfBatch", "thrown", "timeMillis", "instant", "threadPriority", "contextMap"})


def _detect(record: Record) -> bool:
    return "loggerFqcn" in record or not _BESIDE.isdisjoint(record)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    context = record.get("contextMap")
    if isinstance(context, list):  # `propertiesAsList`
        context = string_map(context, bounds.MAX_KEYS, bounds.MAX_VALUE, "contextMap", remarks)
    fields = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    draft = read_named({**context, **fields} if isinstance(context, dict) else fields, _NAMES, remarks)
    draft["format"] = FORMAT.name
    if marker := text_at(record, "marker", "name"):
        draft["tags"] = {"marker": marker}
    thrown = record.get("thrown")
    if isinstance(thrown, dict):
        _put_thrown(draft, thrown)
    return [draft]


def _put_thrown(draft: Draft, thrown: dict[str, Any]) -> None:
    stack = thrown.get("extendedStackTrace")
    if isinstance(stack, str):  # `stacktraceAsString`: the whole chain, as printed
        draft["exception"] = raised(thrown.get("name"), thrown.get("message"), stack)
        draft["stack_trace"] = stack
    else:
        draft["exception"] = _Tree(thrown).exceptions
        draft["language"] = "java"


class _Tree:
    """A throwable with its causes and what they suppressed, the first cause first."""

    def __init__(self, thrown: dict[str, Any]) -> None:
        self.exceptions: list[dict[str, Any]] = []
        self._add(thrown)
        if any(one.get("relation") == "suppressed" for one in self.exceptions):
            return
        for one in self.exceptions:  # a mere chain needs no numbers
            for name in ("id", "parent", "relation"):
                one.pop(name, None)

    def _add(self, thrown: dict[str, Any]) -> None:
        """Breadth first, so that a long chain takes no stack of ours."""
        waiting: list[tuple[dict[str, Any], dict[str, Any] | None, str]] = [(thrown, None, "")]
        for link, around, relation in waiting:
            if len(self.exceptions) == bounds.MAX_EXCEPTIONS:
                break
            made = _exception(link, around)
            made["id"] = len(self.exceptions)
            if around is not None:
                made.update(parent=around["id"], relation=relation)
            self.exceptions.insert(0, made)
            for other, kind in _below(link):
                waiting.append((other, made, kind))


def _below(link: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    suppressed = link.get("suppressed")
    found = [(one, "suppressed") for one in suppressed] if isinstance(suppressed, list) else []
    found = [*islice(found, bounds.MAX_EXCEPTIONS), (link.get("cause"), "cause")]
    return [(one, kind) for one, kind in found if isinstance(one, dict)]


def _exception(link: dict[str, Any], around: dict[str, Any] | None) -> dict[str, Any]:
    """One throwable. Of a cause's frames, those that it shares with what it caused are only counted."""
    name = link.get("name")
    kind, module = split_type(name) if isinstance(name, str) else (name, None)
    stack = link.get("extendedStackTrace")
    frames = [_frame(one) for one in stack if isinstance(one, dict)] if isinstance(stack, list) else []
    common = link.get("commonElementCount")
    shared = around["frames"][:common] if around is not None and type(common) is int and common > 0 else []
    frames = [*shared, *frames[::-1]]
    return {"type": kind, "module": module, "value": link.get("message"), "frames": frames}


def _frame(raw: dict[str, Any]) -> dict[str, Any]:
    line, package = raw.get("line"), raw.get("module") or raw.get("location")
    made = {
        "function": raw.get("method"),
        "module": raw.get("class"),
        "file": raw.get("file"),
        "line": line if type(line) is int and line > 0 else None,  # -2: native
        "package": package if package != "?" else None,
    }
    return {name: value for name, value in made.items() if value is not None}


FORMAT = ObjectFormat("log4j2", frozenset({"loggerFqcn", "loggerName"}), _detect, _parse)
