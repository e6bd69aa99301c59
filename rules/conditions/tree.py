"""What CEL's library has checked, as a tree.

Of its messages (https://github.com/google/cel-spec/tree/master/proto/cel/expr) only what a condition can hold is
described here; the rest is passed over.
"""

from functools import cache
from typing import Any, Final

from google.protobuf.any_pb2 import Any as Wrapped
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from rules.conditions.protos import Fields, file_of

__all__ = ["Tree"]

_PACKAGE = "checked"
_MESSAGES: Final[dict[str, Fields]] = {
    "Checked": {
        "types": (3, "{int64: Type}"),
        "expr": (4, "Expr"),
        "source": (5, "Source"),
    },
    "Source": {"line_offsets": (3, "[int32]"), "positions": (4, "{int64: int32}")},
    "Type": {"primitive": (3, "int32"), "list": (6, "ListType"), "map": (7, "MapType"), "message": (9, "string")},
    "ListType": {"of": (1, "Type")},
    "MapType": {"key": (1, "Type"), "of": (2, "Type")},
    "Expr": {
        "id": (2, "int64"),
        "constant": (3, "Constant"),
        "ident": (4, "Ident"),
        "select": (5, "Select"),
        "call": (6, "Call"),
        "list": (7, "ListOf"),
        "struct": (8, "Struct"),
        "loop": (9, "Loop"),
    },
    "Constant": {
        "null": (1, "int32"),
        "truth": (2, "bool"),
        "int": (3, "int64"),
        "uint": (4, "uint64"),
        "double": (5, "double"),
        "string": (6, "string"),
        "bytes": (7, "bytes"),
    },
    "Ident": {"name": (1, "string")},
    "Select": {"operand": (1, "Expr"), "field": (2, "string"), "test_only": (3, "bool")},
    "Call": {"target": (1, "Expr"), "function": (2, "string"), "args": (3, "[Expr]")},
    "ListOf": {"elements": (1, "[Expr]")},
    "Struct": {"message_name": (1, "string")},
    "Loop": {
        "variable": (1, "string"),
        "over": (2, "Expr"),
        "result": (3, "string"),
        "start": (4, "Expr"),
        "goes_on": (5, "Expr"),
        "step": (6, "Expr"),
        "end": (7, "Expr"),
    },
}
_PRIMITIVES: Final = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}


@cache
def _checked() -> Any:
    pool: Any = DescriptorPool()
    pool.AddSerializedFile(file_of(_PACKAGE, _MESSAGES).SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Checked"))


class Tree:
    """A checked expression."""

    def __init__(self, serialized: bytes) -> None:
        """Args: serialized: as the library gives it."""
        self._checked = _checked().FromString(Wrapped.FromString(serialized).value)

    @property
    def root(self) -> Any:
        """The outermost node: a message `Expr`."""
        return self._checked.expr

    @staticmethod
    def kind(node: Any) -> str:
        """Which of the kinds of `Expr` a node is; empty where it is none of them."""
        return next((field.name for field, _ in node.ListFields() if field.name != "id"), "")

    def type_of(self, node: Any) -> str:
        """`string`, `int`, `list`, `map`, a message's name …; `dyn` where it is only known at the event."""
        made = self._checked.types.get(node.id)
        for field, value in made.ListFields() if made is not None else ():
            if field.name == "primitive":
                return _PRIMITIVES.get(value, "dyn")
            return str(value) if field.name == "message" else str(field.name)
        return "dyn"

    def place(self, node: Any) -> tuple[int, int]:
        """Line and column of a node in the text, from 1."""
        at = self._checked.source.positions.get(node.id, 0)
        line, begin = 1, 0
        for number, end in enumerate(self._checked.source.line_offsets, 2):
            if end > at:
                break
            line, begin = number, end
        return line, at - begin + 1

    @staticmethod
    def constant(node: Any) -> Any:
        """A constant's value. Raises ValueError where the node is none."""
        for field, value in node.constant.ListFields():
            return None if field.name == "null" else value
        raise ValueError("no constant")
