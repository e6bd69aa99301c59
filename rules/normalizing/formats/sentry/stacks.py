"""The stacks of a Sentry event: of its exceptions, of its threads, or its own.

https://develop.sentry.dev/sdk/foundations/transport/event-payloads/exception/ and …/threads/
"""

from typing import Any

from models import bounds
from rules.coercing import Remarks, ends
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_exceptions, read_frames

__all__ = ["put_stacks"]

_MOST_THREADS = 50
_MOST_CALLS = 30  # of a thread beside the one that failed; the innermost ones
_Threads = list[dict[str, Any]]


def put_stacks(draft: Draft, record: dict[str, Any], remarks: Remarks) -> None:
    """Put the exceptions, with the stack of the thread that raised where they have none; other threads in `extra`."""
    chain = read_exceptions(record.get("exception"), remarks)
    if len(chain) > 1 and "parent" in chain[-1] and "parent" not in chain[0]:
        chain.reverse()  # what was raised first, as some SDKs' own serializers have it
    threads = _threads(record.get("threads"))
    told: dict[str, Any] | None = None
    if not any(one.get("frames") for one in chain):
        told = _telling(threads, record.get("exception"))
        frames = _frames(told) or _frames(record)
        if frames:
            chain = chain or [{}]
            chain[-1]["frames"] = read_frames(frames, remarks)
    if chain:
        draft["exception"] = chain
    if threads and (others := _others(threads, told, remarks)):
        draft["extra"].setdefault("threads", others)


def _threads(given: Any) -> _Threads:
    values = given.get("values") if isinstance(given, dict) else given
    return [thread for thread in values if isinstance(thread, dict)] if isinstance(values, list) else []


def _frames(holder: dict[str, Any] | None) -> list[Any] | None:
    stack = holder.get("stacktrace") if holder else None
    frames = stack.get("frames") if isinstance(stack, dict) else None
    return frames if isinstance(frames, list) else None


def _telling(threads: _Threads, exception: Any) -> dict[str, Any] | None:
    """The thread that the exception names, that crashed, or that reported: the first of these that has a stack."""
    with_stack = [thread for thread in threads if _frames(thread)]
    if not with_stack:
        return None
    values = exception.get("values") if isinstance(exception, dict) else exception
    last = values[-1] if isinstance(values, list) and values else None
    named = last.get("thread_id") if isinstance(last, dict) else None
    if named is not None:
        for thread in with_stack:
            if thread.get("id") == named:
                return thread
    for mark in ("crashed", "current"):
        for thread in with_stack:
            if thread.get(mark):
                return thread
    return None


def _others(threads: _Threads, told: dict[str, Any] | None, remarks: Remarks) -> list[dict[str, Any]]:
    """The threads in short: a line a call, the innermost first, as a thread dump has them."""
    made = []
    for thread in ends(threads, _MOST_THREADS, "extra.threads", remarks):
        short = {
            name: value
            for name in ("id", "name", "crashed", "current", "main", "state")
            if (value := thread.get(name)) not in (None, "", False)
        }
        frames = _frames(thread)
        if frames and thread is not told:
            short["stack"] = [_call(frame) for frame in reversed(frames[-_MOST_CALLS:]) if isinstance(frame, dict)]
        if not short.keys().isdisjoint(("name", "stack")):
            made.append(short)
    return made


def _call(frame: dict[str, Any]) -> str:
    module, function = frame.get("module"), frame.get("function") or frame.get("instruction_addr") or "?"
    file, line = frame.get("filename") or frame.get("package"), frame.get("lineno")
    where = f" ({file}:{line})" if file and line else f" ({file})" if file else ""
    return f"{module}.{function}{where}"[: bounds.MAX_LINE] if module else f"{function}{where}"[: bounds.MAX_LINE]
