"""The fields that a condition may ask for, with their types, as ErrorEvent has them."""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from cel_expr_python import cel
from google.protobuf import struct_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from pydantic import BaseModel

from models.event import ErrorEvent
from rules.conditions.protos import file_of

__all__ = ["DEFAULTS", "FIELDS", "PACKAGE", "environment", "fields_of"]

PACKAGE: Final = "seawall"

# Times are floats in a draft; the others are not known yet where conditions are asked, or are ours alone.
_LEFT_OUT = frozenset({"timestamp", "received_at", "origin", "culprit", "group_id", "remarks"})
FIELDS: Final = {name: field for name, field in ErrorEvent.model_fields.items() if name not in _LEFT_OUT}
"""ErrorEvent's fields that are variables of a condition."""

DEFAULTS: Final = {name: FIELDS[name].default for name in ("service", "environment", "severity")}
"""What the fields stand for that are never empty."""

_VALUE = "google.protobuf.Value"


def _bare(annotation: Any) -> Any:
    """The type without what limits it, and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def _model(annotation: Any) -> type[BaseModel] | None:
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return bare
    return next((found for inner in get_args(bare) if (found := _model(inner))), None)


def _proto(annotation: Any) -> str:
    """The type as `rules.conditions.protos` writes it."""
    bare = _bare(annotation)
    inner = get_args(bare)
    if get_origin(bare) is list:
        return f"[{_proto(inner[0])}]"
    if get_origin(bare) is dict:
        return f"{{string: {_proto(inner[1])}}}"
    if bare is Any:
        return _VALUE
    if issubclass(bare, BaseModel):
        return str(bare.__name__)
    return {bool: "bool", int: "int64"}.get(bare, "string")


def _cel(annotation: Any) -> Any:
    """The type as CEL's library has it."""
    bare = _bare(annotation)
    inner = get_args(bare)
    if get_origin(bare) is list:
        return cel.Type.List(_cel(inner[0]))
    if get_origin(bare) is dict:
        return cel.Type.Map(cel.Type.STRING, _cel(inner[1]))
    if bare is Any:
        return cel.Type.DYN
    if issubclass(bare, BaseModel):
        return cel.Type(f"{PACKAGE}.{bare.__name__}")
    return {bool: cel.Type.BOOL, int: cel.Type.INT}.get(bare, cel.Type.STRING)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    fields = FIELDS if model is ErrorEvent else model.model_fields
    for field in fields.values():
        inner = _model(field.annotation)
        if inner:
            yield inner
            yield from _models(inner)


@cache
def _messages() -> dict[str, type[BaseModel]]:
    return {model.__name__: model for model in _models(ErrorEvent)}


def fields_of(message: str) -> list[str]:
    """The fields of a message that CEL knows by this name; none where there is no such message."""
    model = _messages().get(message.removeprefix(f"{PACKAGE}."))
    return list(model.model_fields) if model else []


@cache
def environment() -> Any:
    """CEL's library, told of our fields and functions."""
    pool: Any = DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    messages = {
        name: {
            field: (number, _proto(info.annotation))
            for number, (field, info) in enumerate(model.model_fields.items(), 1)
        }
        for name, model in _messages().items()
    }
    file = file_of(PACKAGE, messages, needs=("google/protobuf/struct.proto",))
    pool.AddSerializedFile(file.SerializeToString())
    return cel.NewEnv(
        descriptor_pool=pool,
        variables={name: _cel(field.annotation) for name, field in FIELDS.items()},
        functions=_functions(),
    )


def _functions() -> list[Any]:
    """What users expect and CEL lacks; the work itself is done in `rules.conditions.functions`."""
    text, truth = cel.Type.STRING, cel.Type.BOOL

    def function(name: str, returns: Any, *takes: Any) -> Any:
        forms = [
            cel.Overload(f"{name}_global", return_type=returns, parameters=list(takes)),
            cel.Overload(f"{name}_member", return_type=returns, parameters=list(takes), is_member=True),
        ]
        return cel.FunctionDecl(name, forms)

    return [function("glob", truth, text, text), function("lowerAscii", text, text)]
