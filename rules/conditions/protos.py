"""Protocol-buffer messages described in a few lines: CEL takes its types, and gives what it checked, in this form."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

__all__ = ["Fields", "file_of"]

_Field = FieldDescriptorProto
_SCALARS: dict[str, Any] = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "bool": _Field.TYPE_BOOL,
    "double": _Field.TYPE_DOUBLE,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "uint64": _Field.TYPE_UINT64,
}

Fields = Mapping[str, tuple[int, str]]
"""Name -> number and type: a scalar, a message's name, `[type]` for a list of it, `{key: value}` for a map."""


def file_of(package: str, messages: Mapping[str, Fields], needs: tuple[str, ...] = ()) -> FileDescriptorProto:
    """A file with these messages; names with a dot are of the files that it needs.

    proto2, in which every field is known to be set or not.
    """
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2", dependency=needs)
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, f"{package}.{name}", field, number, kind)
    return file


def _add(message: DescriptorProto, scope: str, name: str, number: int, kind: str) -> None:
    field = message.field.add(name=name, number=number, label=_Field.LABEL_OPTIONAL)
    if kind[0] == "[":
        kind, field.label = kind[1:-1], _Field.LABEL_REPEATED
    elif kind[0] == "{":
        key, _, value = kind[1:-1].partition(": ")
        entry = message.nested_type.add(name="".join(part.capitalize() for part in name.split("_")) + "Entry")
        entry.options.map_entry = True
        _add(entry, scope, "key", 1, key)
        _add(entry, scope, "value", 2, value)
        kind, field.label = f"{scope}.{entry.name}", _Field.LABEL_REPEATED
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        package = scope.partition(".")[0] if "." not in kind else ""
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{package}.{kind}" if package else f".{kind}"
