"""ErrorEvent: one error, whoever wrote it. Its JSON is also a format that any producer may write."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from models import bounds
from models.severity import Severity

__all__ = ["ErrorEvent", "ExceptionInfo", "Frame", "FrameContext", "Origin", "Remark", "RequestInfo"]

Name = Annotated[str, Field(max_length=bounds.MAX_NAME)]
Line = Annotated[str, Field(max_length=bounds.MAX_LINE)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False)


class FrameContext(_Frozen):
    """Source lines around a frame's line, as the producer sent them."""

    before: list[Line] = Field(default=[], max_length=bounds.MAX_CONTEXT_LINES)
    line: Line | None = None
    after: list[Line] = Field(default=[], max_length=bounds.MAX_CONTEXT_LINES)


class Frame(_Frozen):
    """One call on the stack."""

    function: Name | None = None
    module: Name | None = None
    file: Line | None = None
    line: int | None = Field(default=None, ge=0, lt=2**31, description="1-based line number")
    column: int | None = Field(default=None, ge=0, lt=2**31)
    in_app: bool | None = Field(default=None, description="True for the service's own code; None where unknown")
    context: FrameContext | None = None
    locals: dict[str, Any] | None = Field(default=None, description="local variables, masked")
    package: Line | None = Field(default=None, description="the library or image the frame belongs to")
    abs_path: Line | None = Field(default=None, description="the file's whole path or URL, where `file` is shorter")
    address: Name | None = Field(default=None, description="the instruction's address, of native code")


class ExceptionInfo(_Frozen):
    """One exception of a chain."""

    type: Name | None = None
    value: str | None = Field(default=None, max_length=bounds.MAX_MESSAGE)
    module: Name | None = Field(default=None, description="the module or package that defines the type")
    frames: list[Frame] = Field(
        default=[], max_length=bounds.MAX_FRAMES, description="outermost call first, the raising frame last"
    )
    handled: bool | None = None
    mechanism: Name | None = Field(default=None, description="what caught it: logging, excepthook, flask …")
    id: int | None = Field(default=None, ge=0, lt=2**31, description="its number, where the chain is a tree")
    parent: int | None = Field(default=None, ge=0, lt=2**31, description="the `id` of the exception that it belongs to")
    relation: Name | None = Field(
        default=None, description="what it is to its parent: `cause`, `context`, `suppressed` or `member` of a group"
    )
    is_group: bool | None = Field(default=None, description="True where it only holds the exceptions of a group")


class RequestInfo(_Frozen):
    """The HTTP request during which the error happened."""

    url: Line | None = None
    method: Annotated[str, Field(max_length=20)] | None = None
    query_string: Line | None = None
    headers: dict[str, str] = {}
    body: Any = None


class Remark(_Frozen):
    """What we changed in an event, and why: nothing is cut or masked without one."""

    path: Line = Field(description="dotted path of the field, such as `request.headers.authorization`")
    rule: Name = Field(description="`cut`, `coerced`, `invalid`, `nul`, `bad_utf8`, or the masking rule's name")
    length: int | None = Field(default=None, description="length of the value before the change, in characters")


class Origin(_Frozen):
    """Where the record lay."""

    topic: str
    partition: int
    offset: int


class ErrorEvent(_Frozen):
    """One error. Only `message` or `error_type` is required of a producer."""

    event_id: Name | None = Field(
        default=None, description="the producer's id; a repeated one is a retry, not an error"
    )
    timestamp: datetime | None = Field(default=None, description="when it happened, by the producer's clock, UTC")
    service: Name = "unknown"
    environment: Name = "production"
    hostname: Name | None = None
    instance_id: Name | None = None
    trace_id: Name | None = None
    span_id: Name | None = None
    parent_span_id: Name | None = Field(default=None, description="of the call that led to this one, in its caller")
    correlation_id: Name | None = None
    error_type: Name | None = None
    message: str = Field(default="", max_length=bounds.MAX_MESSAGE)
    message_template: str | None = Field(
        default=None,
        max_length=bounds.MAX_MESSAGE,
        description="the message before its parameters went in, where the logger says it",
    )
    exception: list[ExceptionInfo] = Field(
        default=[],
        max_length=bounds.MAX_EXCEPTIONS,
        description="the chain: the first cause first, what was raised last",
    )
    stack_trace: str | None = Field(default=None, max_length=bounds.MAX_STACK_TEXT)
    severity: Severity = Severity.ERROR
    logger: Name | None = None
    transaction: Name | None = Field(default=None, description="the route, job or command that failed")
    source_file: Line | None = None
    line_number: int | None = Field(default=None, ge=0, lt=2**31)
    user_id: Name | None = None
    session_id: Name | None = None
    request: RequestInfo | None = None
    release: Name | None = None
    commit: Name | None = None
    language: Name | None = None
    sdk: Name | None = None
    tags: dict[str, str] = {}
    extra: dict[str, Any] = {}
    fingerprint: list[Name] = Field(
        default=[],
        max_length=bounds.MAX_FINGERPRINT_PARTS,
        description="the producer's own grouping; `{{ default }}` stands for ours",
    )
    # Added by us.
    format: Name = Field(default="seawall", description="the format it came in")
    received_at: datetime | None = None
    origin: Origin | None = None
    culprit: Line | None = None
    group_id: Name | None = None
    enrichment: dict[str, Any] = Field(
        default={}, description="what is known of the service, its owner, the release, the place and the user"
    )
    remarks: list[Remark] = Field(default=[], max_length=bounds.MAX_REMARKS)
