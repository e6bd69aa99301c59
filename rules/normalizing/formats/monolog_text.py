"""Lines of Monolog and Laravel: `[2025-01-02T03:04:05.123456+00:00] payments.ERROR: message {context} {extra}`.

https://github.com/Seldaek/monolog/blob/main/src/Monolog/Formatter/LineFormatter.php
https://laravel.com/docs/logging#monolog-channel-factory
"""

import json
import re
from typing import Any

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.formats.monolog import read_monolog
from rules.normalizing.headed import DATE, Head, headed
from rules.normalizing.logged import put_extra

__all__ = ["FORMAT"]

_HEADER = re.compile(
    rf"\[(?P<datetime>{DATE})\] (?P<channel>[\w-]{{1,100}})\."
    r"(?P<level_name>DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): "
)
_OBJECT = re.compile(r" (?=\{\"|\[\]|\[\"|\{\}|\[\{)")
_MAX_TRIES = 8  # at where the context may begin
_JSON = json.JSONDecoder(strict=False)  # line breaks within texts are left as they are
_RAISED = re.compile(r"\[object\] \(([\w\\@]{1,300})\(code: ([^)\n]{1,40})\): ")
_LINE = 2_048  # characters of a line that are looked at
_MAX_LINES = 2_000
_CALL = re.compile(
    r"#\d{1,6} (?:(?P<file>[^\n(]{1,1024})\((?P<line>\d{1,9})\)|\[internal function\]): (?P<call>[^\n(]{1,300})"
)
# Laravel's channel is called after the environment.
_ENVIRONMENTS = frozenset({"local", "production", "staging", "testing", "development", "dev", "prod", "stage"})


def _read(found: Head, text: str, remarks: Remarks) -> Draft:
    message, objects = _split(text[found.end() :])
    context, extra = [one if isinstance(one, dict) else {} for one in (*objects, {}, {})][:2]
    exception = context.pop("exception", None)
    draft = read_monolog({**found.groupdict(), "message": message, "context": context, "extra": extra}, remarks)
    if draft.get("logger") in _ENVIRONMENTS:
        draft["environment"] = draft.pop("logger")
    if isinstance(exception, str) and (chain := _exceptions(exception)):
        draft["exception"], draft["stack_trace"] = chain, exception
    elif exception is not None:
        put_extra(draft, "exception", exception)
    return draft


def _split(text: str) -> tuple[str, list[Any]]:
    """The message, and the context and extra behind it."""
    for count, start in enumerate(_OBJECT.finditer(text)):
        if count == _MAX_TRIES:
            break
        objects: list[Any] = []
        at = start.end()
        try:
            while at < len(text) and text[at] in "{[" and len(objects) < 2:  # noqa: PLR2004 context and extra
                value, at = _JSON.raw_decode(text, at)
                objects.append(value)
                at += 1
        except (ValueError, RecursionError):
            continue
        if not text[at:].strip():
            return text[: start.start()], objects
    return text.strip(), []


def _exceptions(text: str) -> list[dict[str, Any]]:
    """`[object] (Class(code: 0): message at file:line)`, its stack, and what it came from: the first cause first."""
    heads = list(_RAISED.finditer(text))[: bounds.MAX_EXCEPTIONS]
    chain: list[dict[str, Any]] = []
    for index, head in enumerate(heads):
        end = heads[index + 1].start() if index + 1 < len(heads) else len(text)
        chain.append(_exception(head, text[head.end() : end]))
    for one in chain[1:]:
        one["relation"] = "cause"
    return chain[::-1]


def _exception(head: re.Match[str], text: str) -> dict[str, Any]:
    module, _, kind = head[1].rpartition("\\")
    value, file, line = _placed(text.partition("\n[stacktrace]")[0])
    calls = (_CALL.match(line[:_LINE]) for line in text.split("\n", _MAX_LINES) if line.startswith("#"))
    frames = [_frame(call) for call in calls if call is not None]
    made: dict[str, Any] = {"type": kind, "value": value[: bounds.MAX_MESSAGE]}
    if module:
        made["module"] = module
    # A call stands where it was made: the function around the place below it is that of the call itself.
    places: list[dict[str, Any]] = [{"file": file, "line": line} if file else {}]
    places += [{name: frame[name] for name in ("file", "line") if name in frame} for frame in frames]
    functions = [{name: frame[name] for name in ("function", "module") if name in frame} for frame in frames]
    whole = [{**place, **function} for place, function in zip(places, [*functions, {}], strict=True)]
    made["frames"] = [frame for frame in reversed(whole) if frame]
    return made


def _placed(text: str) -> tuple[str, str | None, int | None]:
    """The message, the file and the line of `message at file:line)`."""
    value, at, place = text.rstrip().removesuffix(")").rpartition(" at ")
    file, _, line = place.rpartition(":")
    if not at or not file or not (line.isascii() and line.isdigit() and len(line) < 10):  # noqa: PLR2004 digits of a line
        return text, None, None
    return value, file[: bounds.MAX_LINE], int(line)


def _frame(call: re.Match[str]) -> dict[str, Any]:
    owner, _, function = call["call"].replace("->", "::").rpartition("::")
    made: dict[str, Any] = {"function": function.strip()}
    if owner:
        made["module"] = owner
    if call["file"]:
        made["file"], made["line"] = call["file"], int(call["line"])
    return made


FORMAT = headed("monolog-text", "[", _HEADER.match, _read)
