"""Templates that can only write some text: no way to make much of little, to go on for ever, or to look around.

https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from jinja2 import StrictUndefined, nodes, pass_context, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_replace
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import htmlsafe_json_dumps
from jinja2.visitor import NodeTransformer

__all__ = ["MAX_OUTPUT", "Sandbox", "counting"]

MAX_OUTPUT = 100_000  # characters: of all that is written, and of each text on the way there
MAX_STEPS = 100_000  # of all loops of one text together
_MAX_NUMBER = 1 << 256
_PLENTY = ("batch", "center", "format", "indent", "slice", "wordwrap", "xmlattr")  # filters that make much of little
_LONG = ("range", "lipsum")
_PADDING = frozenset(
    "center expandtabs format format_map join ljust replace rjust to_bytes translate zfill".split()  # noqa: SIM905
)
_steps: ContextVar[list[int]] = ContextVar("steps")


def counting() -> None:
    """Begin a text: its loops are counted from now on."""
    _steps.set([0])


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment of templates that a stranger may have written."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **more: Any) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **more)
        for name in _PLENTY:
            self.filters.pop(name)
        for name in _LONG:
            self.globals.pop(name)
        self.filters |= {"join": _joined, "replace": _replaced, "tojson": _json, _COUNTED: _counted}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers of some size only, and no powers; `+` joins texts."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            _bound(len(left) + len(right))
        elif operator == "**" or not all(
            isinstance(one, int | float) and abs(one) < _MAX_NUMBER for one in (left, right)
        ):
            raise SecurityError(f"`{operator}` is not for templates")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Nothing hidden, and no method that makes much text of little."""
        padding = attr in _PADDING and isinstance(obj, str | int)
        return not padding and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """None of texts' own `format`: a width makes much of little."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Counted().visit(super()._parse(source, name, filename))  # type: ignore[no-any-return]


_COUNTED: Final = "_counted"


class _Counted(NodeTransformer):
    """Has the steps of loops counted, and `~` look at how long the text gets."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 -- as Jinja names it
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _COUNTED)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 -- the same
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "join")


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


@pass_context  # so that it is not run when the template is compiled
def _counted(_: Any, items: Iterable[Any]) -> Iterator[Any]:
    steps = _steps.get()
    for item in items:
        steps[0] += 1
        if steps[0] > MAX_STEPS:
            raise SecurityError(f"more than {MAX_STEPS} steps of loops")
        yield item


def _json(value: Any) -> str:
    """Without the filter's `indent`: a width makes much of little."""
    return htmlsafe_json_dumps(value)


@pass_eval_context
def _joined(context: Any, items: Iterable[Any], d: str = "", attribute: Any = None) -> str:
    texts = [item if isinstance(item, str) or attribute is not None else str(item) for item in items]
    _bound(sum(len(text) if isinstance(text, str) else 0 for text in texts) + len(str(d)) * len(texts))
    return do_join(context, texts, d, attribute)  # type: ignore[no-any-return]


@pass_eval_context
def _replaced(context: Any, text: Any, old: Any, new: Any, count: int | None = None) -> str:
    text, old, new = (one if isinstance(one, str) else str(one) for one in (text, old, new))
    _bound(len(text) + text.count(old) * len(new))
    return do_replace(context, text, old, new, count)


def _bound(size: int) -> None:
    if size > MAX_OUTPUT:
        raise SecurityError(f"more than {MAX_OUTPUT} characters")
