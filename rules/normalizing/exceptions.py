"""Exceptions and frames as objects, in the spellings of the formats that have them."""

from typing import Any

from models import bounds
from rules import stacktraces
from rules.coercing import Remarks, ends
from rules.stacktraces.in_app import in_app
from rules.stacktraces.parsed import frame, split_type

__all__ = ["raised", "read_exceptions", "read_frames", "read_stack_text"]

_FRAME = frozenset(
    {"function", "module", "file", "line", "column", "in_app", "context", "locals", "package", "abs_path", "address"}
)
_FRAME_NAMES = {
    **{name: name for name in _FRAME},
    **dict.fromkeys(("func", "method", "methodName", "method_name", "subroutine"), "function"),
    **dict.fromkeys(("class", "className", "class_name", "declaringClass", "namespace"), "module"),
    **dict.fromkeys(("filename", "fileName", "file_name", "path", "source_file", "sourceFile"), "file"),
    **dict.fromkeys(("lineno", "lineNo", "lineNumber", "line_number", "line_no"), "line"),
    **dict.fromkeys(("colno", "col", "columnNumber", "column_number"), "column"),
    **dict.fromkeys(("inApp", "inProject"), "in_app"),
    **dict.fromkeys(("vars", "variables"), "locals"),
    **dict.fromkeys(("context_line", "contextLine", "code"), "code"),
    **dict.fromkeys(("pre_context", "preContext"), "before"),
    **dict.fromkeys(("post_context", "postContext"), "after"),
    "image": "package",
    **dict.fromkeys(("instruction_addr", "instructionAddr"), "address"),
    "raw_function": "raw_function",
}
_SCHEME = 24  # characters that hold a URL's scheme
_EXCEPTION = frozenset(
    {"type", "value", "module", "frames", "handled", "mechanism", "id", "parent", "relation", "is_group"}
)
_EXCEPTION_NAMES = {
    **{name: name for name in _EXCEPTION},
    **dict.fromkeys(
        (
            "name",
            "class",
            "className",
            "class_name",
            "exception_type",
            "exceptionType",
            "error_type",
            "errorType",
            "kind",
        ),
        "type",
    ),
    **dict.fromkeys(
        ("message", "msg", "reason", "error_message", "errorMessage", "localizedMessage", "description"), "value"
    ),
    **dict.fromkeys(
        ("stacktrace", "stack_trace", "stackTrace", "stack", "backtrace", "traceback", "extendedStackTrace"), "stack"
    ),
    **dict.fromkeys(("cause", "inner", "innerException", "inner_exception", "previous"), "cause"),
    "raw_stacktrace": "",  # Sentry's copy of the stack before source maps
}


def read_exceptions(value: Any, remarks: Remarks) -> list[dict[str, Any]]:
    """The chain that an object, a list of them, `{"values": […]}` or a text with a trace stands for: cause first."""
    if isinstance(value, dict) and isinstance(value.get("values"), list):
        value = value["values"]
    if isinstance(value, str):
        return read_stack_text(value)
    if isinstance(value, list):
        made = []
        for one in ends(value, bounds.MAX_EXCEPTIONS, "exception", remarks):
            made.extend(_with_causes(one, remarks) if isinstance(one, dict) else [])
        return made
    return _with_causes(value, remarks) if isinstance(value, dict) else []


def read_stack_text(value: Any) -> list[dict[str, Any]]:
    """The exceptions of a trace in a text, or in a list of its lines."""
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "\n".join(line.rstrip("\n") for line in value)
    trace = stacktraces.find(value) if isinstance(value, str) else None
    return trace.exceptions if trace else []


def raised(kind: Any, value: Any, stack: Any) -> list[dict[str, Any]]:
    """The chain in a stack's text, with the type and the message that a format tells beside it.

    The text counts: it has the name as the language spells it, and all of the message.
    """
    kind = kind if isinstance(kind, str) and kind else None
    name, module = split_type(kind) if kind else (None, None)
    chain = read_stack_text(stack)
    if not chain:
        return [made] if (made := frame(type=name, module=module, value=value)) else []
    if name and not chain[-1].get("type"):
        chain[-1].update(frame(type=name, module=module))
    if chain[-1].get("value") is None and value not in (None, ""):
        chain[-1]["value"] = value
    return chain


def read_frames(value: list[Any], remarks: Remarks) -> list[dict[str, Any]]:
    """Frames under our names; what is no object is left out, and what is null."""
    if len(value) > bounds.MAX_FRAMES:
        value = ends(value, bounds.MAX_FRAMES, "exception.frames", remarks)
    return [_full(one) if one.keys() <= _FRAME else _frame(one) for one in value if type(one) is dict]


def _full(frame: dict[str, Any]) -> dict[str, Any]:
    if None in frame.values():
        return {field: value for field, value in frame.items() if value is not None}
    return frame


def _with_causes(raw: dict[str, Any], remarks: Remarks) -> list[dict[str, Any]]:
    """The exception behind its causes, where they are nested in it."""
    chain: list[dict[str, Any]] = []
    link: Any = raw
    while isinstance(link, dict) and len(chain) < bounds.MAX_EXCEPTIONS:
        read, link = _one(link, remarks)
        chain[:0] = read
    return chain


def _one(raw: dict[str, Any], remarks: Remarks) -> tuple[list[dict[str, Any]], Any]:
    """One exception (several where its stack is a text with a chain), and the object of its cause."""
    made: dict[str, Any] = {}
    for key, value in raw.items():
        field = _EXCEPTION_NAMES.get(key)
        if field and value is not None and (field not in made or key == field):
            made[field] = value
    mechanism = made.get("mechanism")
    if isinstance(mechanism, dict):
        made["mechanism"] = mechanism.get("type")
        if mechanism.get("handled") is not None:
            made.setdefault("handled", mechanism["handled"])
        if "exception_id" in mechanism:
            _put_in_tree(made, mechanism)
    cause = made.pop("cause", None)
    stack = made.pop("stack", None)
    frames = made.get("frames")
    if frames is None and isinstance(stack, dict):
        frames = stack.get("frames")
    elif frames is None and isinstance(stack, list):
        frames = stack
    if isinstance(frames, list) and frames and not isinstance(frames[0], str):
        made["frames"] = read_frames(frames, remarks)
        return [made], cause
    made.pop("frames", None)
    return _from_text(made, stack if frames is None else frames), cause


def _put_in_tree(made: dict[str, Any], mechanism: dict[str, Any]) -> None:
    """Where the exception stands in a tree, as Sentry's SDKs say it.

    https://develop.sentry.dev/sdk/foundations/transport/event-payloads/exception/#exception-mechanism
    """
    made["id"] = mechanism["exception_id"]
    if mechanism.get("is_exception_group"):
        made["is_group"] = True
    if mechanism.get("parent_id") is None:
        return
    made["parent"] = mechanism["parent_id"]
    source = mechanism.get("source")
    word = source.strip("_").lower() if isinstance(source, str) else ""
    if word == "context":
        made["relation"] = "context"
    elif word.startswith("suppressed") or mechanism.get("type") == "suppressed":
        made["relation"] = "suppressed"
    else:  # `exceptions[0]`, `errors[1]`, `InnerExceptions[0]`; or `__cause__`, `InnerException`, and what says nothing
        made["relation"] = "member" if "[" in word else "cause"


def _from_text(made: dict[str, Any], stack: Any) -> list[dict[str, Any]]:
    """What the text of the stack adds to what the object says of the exception that was raised."""
    read = read_stack_text(stack)
    if not read:
        return [made] if any(made.get(field) for field in ("type", "value")) else []
    raised = read[-1]
    if "type" in made and "module" not in made and isinstance(made["type"], str):
        kind, module = split_type(made["type"])
        if kind == raised.get("type"):
            made.update(frame(type=kind, module=module or raised.get("module")))
    return [*read[:-1], {**raised, **made}]


def _frame(raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in raw.items():  # a comprehension would be slower: this runs for every frame
        if value is not None and key in _FRAME_NAMES:
            made[_FRAME_NAMES[key]] = value
    if "abs_path" in made:
        _put_path(made, made.pop("abs_path"))
    if "raw_function" in made:
        function = made.pop("raw_function")
        if not made.get("function"):
            made["function"] = function
    if "code" in made or type(made.get("context")) is str:
        given, line = made.get("context"), made.pop("code", None)
        before, after = made.pop("before", None), made.pop("after", None)
        if given is None or type(given) is str:
            made["context"] = {"line": line or given, "before": before or [], "after": after or []}
    return made


def _put_path(made: dict[str, Any], path: Any) -> None:
    """The whole path of a frame's file: it counts where the shorter one is absent, and where it is a URL."""
    if not made.get("file"):
        made["file"] = path
    elif type(path) is str and "://" in path[:_SCHEME]:
        made["abs_path"] = path  # source maps are found by it
    elif made.get("in_app") is None and type(path) is str and in_app({"file": path}, None) is False:
        made["in_app"] = False  # only the whole path shows that it is a library's
