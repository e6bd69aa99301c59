"""The shape of a bounded draft, as msgspec reads it: one call in C checks every type and bound of `models.bounds`.

A draft that does not have this shape is mended field by field by `rules.bounding`.
"""

from typing import Annotated, Any, TypedDict

from msgspec import Meta

from models import bounds

__all__ = ["EventShape", "ExceptionShape", "FrameShape", "TreeShape"]

Name = Annotated[str, Meta(max_length=bounds.MAX_NAME)]
Line = Annotated[str, Meta(max_length=bounds.MAX_LINE)]
Message = Annotated[str, Meta(max_length=bounds.MAX_MESSAGE)]
Value = Annotated[str, Meta(max_length=bounds.MAX_VALUE)]
Number = Annotated[int, Meta(ge=0, lt=2**31)]
ContextLines = Annotated[list[Line], Meta(max_length=bounds.MAX_CONTEXT_LINES)]
Tags = Annotated[
    dict[Name, Annotated[str, Meta(max_length=bounds.MAX_TAG_VALUE)]],
    Meta(max_length=bounds.MAX_TAGS),
]
Headers = Annotated[dict[Name, Value], Meta(max_length=bounds.MAX_KEYS)]


def _tree(depth: int) -> Any:
    """The type of a JSON value of at most `depth` nested containers (msgspec knows no recursive types but classes)."""
    scalar = Value | int | float | bool | None
    if depth == 0:
        return scalar
    inner: Any = _tree(depth - 1)
    some = Meta(max_length=bounds.MAX_KEYS)
    return scalar | Annotated[list[inner], some] | Annotated[dict[Name, inner], some]


Tree: Any = _tree(bounds.MAX_DEPTH)
_Inner: Any = _tree(bounds.MAX_DEPTH - 1)
Object: Any = Annotated[dict[Name, _Inner], Meta(max_length=bounds.MAX_KEYS)]


class TreeShape(TypedDict):
    """A body, inside an object so that msgspec keeps the type it has worked out."""

    value: Tree


class _ContextShape(TypedDict, total=False):
    before: ContextLines
    line: Line | None
    after: ContextLines


class FrameShape(TypedDict, total=False):
    """`models.event.Frame`."""

    function: Name | None
    module: Name | None
    file: Line | None
    line: Number | None
    column: Number | None
    in_app: bool | None
    context: _ContextShape | None
    locals: Object | None
    package: Line | None
    abs_path: Line | None
    address: Name | None


class ExceptionShape(TypedDict, total=False):
    """`models.event.ExceptionInfo`."""

    type: Name | None
    value: Message | None
    module: Name | None
    frames: Annotated[list[FrameShape], Meta(max_length=bounds.MAX_FRAMES)]
    handled: bool | None
    mechanism: Name | None
    id: Number | None
    parent: Number | None
    relation: Name | None
    is_group: bool | None


class _RequestShape(TypedDict, total=False):
    url: Line | None
    method: Annotated[str, Meta(max_length=20)] | None
    query_string: Line | None
    headers: Headers
    body: Tree


class EventShape(TypedDict, total=False):
    """`models.event.ErrorEvent`, without what we add to it."""

    event_id: Name
    timestamp: float
    service: Name
    environment: Name
    hostname: Name
    instance_id: Name
    trace_id: Name
    span_id: Name
    parent_span_id: Name
    correlation_id: Name
    error_type: Name
    message: Message
    message_template: Message
    exception: Annotated[list[ExceptionShape], Meta(max_length=bounds.MAX_EXCEPTIONS)]
    stack_trace: Annotated[str, Meta(max_length=bounds.MAX_STACK_TEXT)]
    severity: str
    logger: Name
    transaction: Name
    source_file: Line
    line_number: Number
    user_id: Name
    session_id: Name
    request: _RequestShape
    release: Name
    commit: Name
    language: Name
    sdk: Name
    tags: Tags
    extra: Object
    fingerprint: Annotated[list[Name], Meta(max_length=bounds.MAX_FINGERPRINT_PARTS)]
    format: Name
