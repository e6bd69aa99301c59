"""Monolog, for PHP, as JSON.

https://github.com/Seldaek/monolog/blob/main/src/Monolog/Formatter/JsonFormatter.php
https://www.php-fig.org/psr/psr-3/#12-message
"""

import re
from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_stack_text
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import at, obj
from rules.normalizing.trees import grown

__all__ = ["FORMAT", "read_monolog"]

_NAMES = Names(
    {
        "timestamp": "datetime",
        "message": "message",
        "severity": "level_name",
        "logger": "channel",
        "source_file": "file",
        "line_number": "line",
    },
    LOGGED,
)
_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_.]{1,64})\}")
_MAX_FILLED = 100  # characters of a value that is put into a message
_PATH = 1_024


def read_monolog(record: Record, remarks: Remarks) -> Draft:
    """An object with Monolog's names: `message`, `context`, `level_name`, `channel`, `datetime`, `extra`."""
    context, extra = obj(record.get("context")), obj(record.get("extra"))
    moment = at(record, "datetime", "date") or record.get("datetime")  # Monolog 1 wrote PHP's object
    told = {**without(record, "context", "extra", "datetime", "level"), "datetime": moment}
    draft = read_named(
        {**without(extra, "request"), **without(context, "exception", "request"), **told}, _NAMES, remarks
    )
    draft["language"] = "php"
    read_traceparent(draft)
    put_request(draft, context.get("request") or extra.get("request"))
    _put_exception(draft, context.get("exception"))
    _fill(draft, context)
    return draft


def _fill(draft: Draft, context: Record) -> None:
    """Put the context's values into the message, where no processor of the program did."""
    message = draft.get("message")
    if not isinstance(message, str) or "{" not in message:
        return

    def value(found: re.Match[str]) -> str:
        given = context.get(found[1])
        return str(given)[:_MAX_FILLED] if isinstance(given, str | int | float) else found[0]

    filled = _PLACEHOLDER.sub(value, message)
    if filled != message:
        draft["message"], draft["message_template"] = filled, message


def _put_exception(draft: Draft, given: Any) -> None:
    if isinstance(given, dict) and "class" in given:
        draft["exception"] = grown(given, _read)
    elif isinstance(given, str) and (chain := read_stack_text(given)):
        draft["exception"], draft["stack_trace"] = chain, given
    elif given not in (None, ""):
        put_extra(draft, "exception", given)


def _read(raw: Record) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    name = raw.get("class")
    module, _, kind = name.rpartition("\\") if isinstance(name, str) else ("", "", name)
    trace = raw.get("trace")
    calls = [raw.get("file"), *(trace if isinstance(trace, list) else ())]
    frames = [frame for call in reversed(calls) if (frame := _frame(call)) is not None]
    exception = {"type": kind, "value": raw.get("message"), "frames": frames}
    if module:
        exception["module"] = module
    previous = raw.get("previous")
    return exception, [("cause", previous)] if isinstance(previous, dict) else []


def _frame(call: Any) -> dict[str, Any] | None:
    """`file:line`: where it was raised, or called from."""
    if not isinstance(call, str):
        return None
    file, _, line = call[:_PATH].rpartition(":")
    if not file or not (line.isascii() and line.isdigit() and len(line) < 10):  # noqa: PLR2004 digits of a line number
        return None
    return {"file": file, "line": int(line)}


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_monolog(record, remarks)
    draft["format"] = FORMAT.name
    return [draft]


FORMAT = ObjectFormat(
    "monolog", frozenset({"level_name"}), lambda record: "channel" in record and "message" in record, _parse
)
