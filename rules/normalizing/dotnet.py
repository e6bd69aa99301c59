"""Exceptions as .NET's loggers write them: `Exception.ToString()`, or objects with its properties."""

import re
from typing import Any

from models import bounds
from rules.normalizing.exceptions import raised, read_stack_text
from rules.normalizing.paths import first_text
from rules.stacktraces.parsed import split_type

__all__ = ["from_objects", "from_text", "printed"]

_RAISED = re.compile(r"([A-Za-z_][\w.+`]{0,200}): ([^\r\n]{0,8192})")
_END_OF_INNER = "   --- End of inner exception stack trace ---"
_BORDER = ": "  # between a type and its message
_MEMBERS = ("InnerExceptions", "InnerException", "innerException", "inner", "Inner")


def from_text(text: str) -> list[dict[str, Any]]:
    """What `ToString()` says: `Type: message`, inner exceptions behind ` ---> `, then the frames, if it was thrown."""
    chain = read_stack_text(text)
    if chain:
        return chain
    heads = [
        _RAISED.match(part.strip()) for part in text[: bounds.MAX_STACK_TEXT].split(" ---> ", bounds.MAX_EXCEPTIONS)
    ]
    found = [head for head in heads if head is not None and "." in head[1]]
    made = []
    for head in reversed(found):
        kind, module = split_type(head[1])
        made.append({"type": kind, "module": module, "value": head[2]})
    return made


def from_objects(thrown: dict[str, Any]) -> list[dict[str, Any]]:
    """An exception with its properties, the inner ones within it: the first cause first."""
    chain: list[dict[str, Any]] = []
    waiting = [thrown]
    for link in waiting:
        if len(chain) >= bounds.MAX_EXCEPTIONS:
            break
        kind, value, stack = _told(link)
        read = raised(kind, value, f"{_header(link)}\n{stack}" if stack else None)
        if kind and _BORDER in kind and read:  # parted there it would not be known for what it is
            read[-1]["type"] = kind
        chain[:0] = read
        waiting.extend(_inner(link))
    return chain


def printed(thrown: dict[str, Any]) -> str:
    """What `ToString()` would have said; of several inner exceptions, the first."""
    links = [thrown]
    while len(links) < bounds.MAX_EXCEPTIONS and (inner := _inner(links[-1])):
        links.append(inner[0])
    stacks = [stack for link in reversed(links) if (stack := _told(link)[2])]
    return "\n ---> ".join(map(_header, links)) + "\n" + f"\n{_END_OF_INNER}\n".join(stacks)


def _told(link: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """The type, the message and the stack."""
    return (
        first_text(link, "Type", "ClassName", "type", "className"),
        first_text(link, "Message", "message"),
        first_text(link, "StackTrace", "StackTraceString", "stackTrace"),
    )


def _header(link: dict[str, Any]) -> str:
    kind, value, _ = _told(link)
    return f"{kind if kind and _BORDER not in kind else 'Exception'}{_BORDER}{value or ''}"


def _inner(link: dict[str, Any]) -> list[dict[str, Any]]:
    found = next((link[name] for name in _MEMBERS if link.get(name)), None)
    members = found if isinstance(found, list) else [found]
    return [one for one in members[: bounds.MAX_EXCEPTIONS] if isinstance(one, dict)]
