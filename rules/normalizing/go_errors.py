"""Errors of Go as loggers write them: a text, and where `github.com/pkg/errors` made it, a stack.

https://pkg.go.dev/github.com/pkg/errors#hdr-Formatted_printing_of_errors
"""

from typing import Any

from models import bounds
from rules.normalizing.draft import Draft
from rules.normalizing.logged import put_error, put_extra

__all__ = ["go_frame", "put_go_error", "verbose_errors"]

_MAX_LINES = 2_000


def put_go_error(draft: Draft, error: Any, verbose: Any = None) -> None:
    """An error, and what `%+v` says of it: messages and stacks, the innermost error first."""
    if isinstance(error, str) and verbose is None and "\n\t" in error:
        verbose = error
    chain = verbose_errors(verbose) if isinstance(verbose, str) else []
    if not chain:
        put_error(draft, error)
        if verbose not in (None, "", error):
            put_extra(draft, "errorVerbose", verbose)
        return
    if isinstance(error, str) and error != verbose:
        chain[-1]["value"] = error
    draft["exception"] = chain
    draft["stack_trace"] = verbose
    draft.setdefault("language", "go")


def verbose_errors(text: str) -> list[dict[str, Any]]:
    """The errors of a text such as `%+v` gives; none where it holds no stack."""
    lines = text.split("\n", _MAX_LINES)[:_MAX_LINES]
    chain: list[dict[str, Any]] = []
    messages: list[str] = []
    frames: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        below = lines[index + 1] if index + 1 < len(lines) else ""
        if line.startswith("\t"):
            continue
        if below.startswith("\t") and (frame := go_frame(line, below.strip())) is not None:
            frames.append(frame)
            continue
        if frames:
            chain.append(_error(messages, frames))
            frames = []
        if line.strip():
            messages.append(line.strip())
    if frames:
        chain.append(_error(messages, frames))
    elif chain:
        chain[-1]["value"] = _joined(messages)
    return chain[-bounds.MAX_EXCEPTIONS :]


def _error(messages: list[str], frames: list[dict[str, Any]]) -> dict[str, Any]:
    return {"value": _joined(messages), "frames": frames[::-1]}


def _joined(messages: list[str]) -> str:
    """As `Error()` says it: the innermost error last."""
    return ": ".join(reversed(messages))[: bounds.MAX_MESSAGE]


def go_frame(function: str, place: str) -> dict[str, Any] | None:
    """A frame of `module/package.Function` and `file:line`."""
    file, _, line = place.partition(" ")[0].rpartition(":")
    if not file or not (line.isascii() and line.isdigit() and len(line) < 10):  # noqa: PLR2004 digits of a line number
        return None
    folder, slash, last = function.strip().rpartition("/")
    package, _, name = last.partition(".")
    made: dict[str, Any] = {"function": name or package, "file": file, "line": int(line)}
    if name:
        made["module"] = f"{folder}{slash}{package}"
    return made
