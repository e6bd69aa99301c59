"""What a draft says between the lines: the exceptions in its texts, its type, message, place and language."""

from typing import Any

from rules import stacktraces
from rules.normalizing.draft import Draft
from rules.stacktraces.in_app import in_app, language_of

__all__ = ["complete", "read_traces"]


def read_traces(draft: Draft) -> None:
    """Read the exceptions out of `stack_trace` or, failing that, out of `message`, where none has frames yet."""
    chain = draft.get("exception") or []
    if any(one.get("frames") for one in chain):
        return
    for field in ("stack_trace", "message"):
        value = draft.get(field)
        trace = stacktraces.find(value) if isinstance(value, str) else None
        if trace is not None:
            break
    else:
        return
    if chain and not trace.exceptions[-1].get("type"):
        trace.exceptions[-1].update(chain[-1], frames=trace.exceptions[-1]["frames"])
    draft["exception"] = trace.exceptions
    draft.setdefault("language", trace.language)
    if trace.severity:
        draft.setdefault("severity", trace.severity)
    if field == "message":
        draft["message"] = trace.before
        draft.setdefault("stack_trace", trace.text)


def complete(draft: Draft) -> None:
    """Fill what is absent from the exception that was raised; judge the frames whose producer did not."""
    chain = draft.get("exception")
    if not chain:
        return
    language = draft.get("language") or _language(chain)
    if language:
        draft["language"] = language
    for one in chain:
        for frame in one.get("frames", ()):
            if "in_app" not in frame and (judged := in_app(frame, language)) is not None:
                frame["in_app"] = judged
    raised = chain[-1]
    _name_raised(raised, draft)
    if not draft.get("error_type") and raised.get("type"):
        draft["error_type"] = raised["type"]
    if not draft.get("message") and raised.get("value"):
        draft["message"] = raised["value"]
    if "source_file" not in draft:
        _put_place(draft, raised.get("frames") or ())


def _name_raised(raised: dict[str, Any], draft: Draft) -> None:
    """A stack without a header, as AWS Lambda sends one, belongs to the type and message that stand beside it."""
    if not raised.get("type") and raised.get("value") is None and draft.get("error_type"):
        raised["type"] = draft["error_type"]
        raised["value"] = draft.get("message")


def _put_place(draft: Draft, frames: Any) -> None:
    """The file and line of the last frame of the service's own code, or of the last one that may be."""
    last = _last(frames, True) or _last(frames, None)  # noqa: FBT003 three-valued
    if last and last.get("file"):
        draft["source_file"] = last["file"]
        if "line_number" not in draft and last.get("line") is not None:
            draft["line_number"] = last["line"]


def _last(frames: Any, in_app: bool | None) -> dict[str, Any] | None:  # noqa: FBT001 three-valued
    return next((frame for frame in reversed(frames) if frame.get("in_app") is in_app), None)


def _language(chain: list[dict[str, Any]]) -> str | None:
    """By the suffix of the innermost frames' files."""
    for one in reversed(chain):
        for frame in reversed(one.get("frames", ())):
            language = language_of(frame.get("file"))
            if language:
                return language
    return None
