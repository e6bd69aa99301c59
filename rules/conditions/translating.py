"""A checked condition as functions of a draft: one function a node, made once.

A draft is ErrorEvent's fields as plain values. What a loop holds lies in slots of a `Scope`, and each turn is paid for
from its budget: however large an event is, a condition ends.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

from rules.conditions.functions import EMPTY, FAILURES, FUNCTIONS, header, items_of, truth
from rules.conditions.problem import ConditionError
from rules.conditions.schema import DEFAULTS, FIELDS, PACKAGE
from rules.conditions.scope import TURN, Code, Draft, Scope
from rules.conditions.special import SPECIAL
from rules.conditions.tree import Tree

__all__ = ["MAX_NODES", "Translated", "translate"]

MAX_NODES = 400
_SCANNING = frozenset({"contains", "lowerAscii", "matches", "glob"})


class Translated(NamedTuple):
    """A condition, ready to be asked."""

    run: Code
    slots: int  # that its loops need
    fields: frozenset[str]  # that it looks at


def translate(tree: Tree) -> Translated:
    """Raises ConditionError where it holds what a condition may not."""
    translator = Translator(tree)
    run = translator.truth(tree.root)
    return Translated(run, translator.slots, frozenset(translator.fields))


class Translator:
    """The translation of one condition."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.slots = 0
        self.fields: set[str] = set()
        self.names: dict[str, int] = {}  # of the loops that a node lies in: variable -> slot
        self._nodes = 0

    def code(self, node: Any) -> Code:
        """The node's function."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ConditionError("the condition is too long: divide it into several rules")
        make = _KINDS.get(self.tree.kind(node))
        if make is None:
            self.refuse(node, "objects cannot be made here")
        return make(self, node)

    def truth(self, node: Any) -> Code:
        """The function of a node that must be true or false; that is checked where it is not known before."""
        run = self.code(node)
        if self.tree.type_of(node) == "bool":
            return run
        return lambda draft, scope: truth(run(draft, scope))

    def refuse(self, node: Any, message: str) -> NoReturn:
        """Raises ConditionError at the node's place."""
        raise ConditionError(message, *self.tree.place(node))

    def empty(self, node: Any) -> Any:
        """What stands for the node's value where it is absent."""
        return EMPTY.get(self.tree.type_of(node), {})

    def is_headers(self, node: Any) -> bool:
        """Whether the node is a request's headers, whose names have no letter case."""
        inside = node.select
        return bool(inside.field == "headers" and self.tree.type_of(inside.operand) == f"{PACKAGE}.RequestInfo")

    def paid(self, name: str, value: Code, function: Callable[[Any], Any]) -> Code:
        """A function of one value. What looks through a text costs its length where that is done in a loop."""
        if name not in _SCANNING or not self.names:
            return lambda draft, scope: function(value(draft, scope))

        def run(draft: Draft, scope: Scope) -> Any:
            text = value(draft, scope)
            scope.spend(len(text))
            return function(text)

        return run


def _constant(translator: Translator, node: Any) -> Code:
    value = translator.tree.constant(node)
    return lambda _draft, _scope: value


def _ident(translator: Translator, node: Any) -> Code:
    name = node.ident.name
    if name in translator.names:
        slot = translator.names[name]
        return lambda _draft, scope: scope.slots[slot]
    if name not in FIELDS:
        translator.refuse(node, f"`{name}` cannot be used here")
    translator.fields.add(name)
    empty = DEFAULTS.get(name, translator.empty(node))
    return lambda draft, _scope: draft.get(name) or empty


def _select(translator: Translator, node: Any) -> Code:
    select = node.select
    holder, name, empty = translator.code(select.operand), select.field, translator.empty(node)
    get = header if translator.is_headers(select.operand) else _get
    if select.test_only:  # `has(…)`
        return lambda draft, scope: get(holder(draft, scope), name) is not None
    if empty is None:  # its type is not known: 0 and false are values
        return lambda draft, scope: get(holder(draft, scope), name)
    return lambda draft, scope: get(holder(draft, scope), name) or empty


def _get(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else None


def _list(translator: Translator, node: Any) -> Code:
    items = [translator.code(element) for element in node.list.elements]
    return lambda draft, scope: [item(draft, scope) for item in items]


def _call(translator: Translator, node: Any) -> Code:
    call = node.call
    nodes = [*([call.target] if call.HasField("target") else []), *call.args]
    special = SPECIAL.get(call.function)
    if special is not None:
        return special(translator, node, nodes)
    function = FUNCTIONS.get(call.function)
    if function is None:
        translator.refuse(node, f"`{call.function}` cannot be used here")
    first, *others = (translator.code(one) for one in nodes)
    if not others:
        return translator.paid(call.function, first, function)
    second = others[0]
    if call.function in _SCANNING and translator.names:
        first = translator.paid(call.function, first, lambda text: text)
    return lambda draft, scope: function(first(draft, scope), second(draft, scope))


def _loop(translator: Translator, node: Any) -> Code:
    """Any of CEL's macros: `exists`, `all`, `exists_one`, `map`, `filter`."""
    loop = node.loop
    over, start = translator.code(loop.over), translator.code(loop.start)
    outer = translator.names
    variable, result = translator.slots, translator.slots + 1
    translator.slots += 2
    translator.names = {**outer, loop.variable: variable, loop.result: result}
    decides = _DECIDES.get(loop.step.call.function)
    if decides is not None and loop.step.call.args[0].ident.name == loop.result:
        run = _until(decides, over, translator.truth(loop.step.call.args[1]), variable)
    else:
        run = _folded(over, start, tuple(map(translator.code, (loop.goes_on, loop.step, loop.end))), (variable, result))
    translator.names = outer
    return run


_DECIDES: Final = {"_||_": True, "_&&_": False}  # the step of `exists` and of `all`: the answer that ends the loop


def _until(answer: bool, over: Code, test: Code, variable: int) -> Code:  # noqa: FBT001 it is a value here
    """`exists` and `all`: whether the test gives the answer for any item; then that is the loop's, too."""

    def run(draft: Draft, scope: Scope) -> bool:
        failed: Exception | None = None
        for item in items_of(over(draft, scope)):
            scope.spend(TURN)
            scope.slots[variable] = item
            try:
                if bool(test(draft, scope)) is answer:
                    return answer
            except FAILURES as failure:  # it only matters where no other item decides
                failed = failure
        if failed is not None:
            raise failed
        return not answer

    return run


def _folded(over: Code, start: Code, codes: tuple[Code, ...], slots: tuple[int, int]) -> Code:
    """A loop in general: its result, changed by each item."""
    goes_on, step, end = codes
    variable, result = slots

    def run(draft: Draft, scope: Scope) -> Any:
        held = scope.slots
        held[result] = start(draft, scope)
        for item in items_of(over(draft, scope)):
            if not goes_on(draft, scope):
                break
            scope.spend(TURN)
            held[variable] = item
            held[result] = step(draft, scope)
        return end(draft, scope)

    return run


_KINDS: Final[dict[str, Callable[[Translator, Any], Code]]] = {
    "constant": _constant,
    "ident": _ident,
    "select": _select,
    "call": _call,
    "list": _list,
    "loop": _loop,
}
