"""The operators and functions of a condition that are more than a function of their values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from models.severity import Severity
from rules.conditions.functions import FAILURES, FUNCTIONS, equal, header
from rules.conditions.schema import DEFAULTS
from rules.conditions.scope import Code, Draft
from rules.grouping.globs import glob_pattern
from rules.searching import finder

if TYPE_CHECKING:
    from rules.conditions.translating import Translator

__all__ = ["SPECIAL"]

_LEVELS = {str(level): level.rank for level in Severity}
_MIRRORED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}


def _and(translator: "Translator", _node: Any, nodes: list[Any]) -> Code:
    left, right = (translator.truth(one) for one in nodes)

    def both(draft: Draft, scope: Any) -> bool:
        try:
            if not left(draft, scope):
                return False
        except FAILURES:  # beside something false it does not matter: the order never does
            if not right(draft, scope):
                return False
            raise
        return bool(right(draft, scope))

    return both


def _or(translator: "Translator", _node: Any, nodes: list[Any]) -> Code:
    left, right = (translator.truth(one) for one in nodes)

    def either(draft: Draft, scope: Any) -> bool:
        try:
            if left(draft, scope):
                return True
        except FAILURES:
            if right(draft, scope):
                return True
            raise
        return bool(right(draft, scope))

    return either


def _choice(translator: "Translator", _node: Any, nodes: list[Any]) -> Code:
    test, first, second = translator.truth(nodes[0]), translator.code(nodes[1]), translator.code(nodes[2])
    return lambda draft, scope: (first if test(draft, scope) else second)(draft, scope)


def _not_false(translator: "Translator", _node: Any, nodes: list[Any]) -> Code:
    """Whether a loop goes on: it does where that cannot be said."""
    test = translator.truth(nodes[0])

    def goes_on(draft: Draft, scope: Any) -> bool:
        try:
            return bool(test(draft, scope))
        except FAILURES:
            return True

    return goes_on


def _index(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    holder, key, empty = translator.code(nodes[0]), translator.code(nodes[1]), translator.empty(node)
    get = header if translator.is_headers(nodes[0]) else FUNCTIONS["_[_]"]
    if empty is None:  # its type is not known: 0 and false are values
        return lambda draft, scope: get(holder(draft, scope), key(draft, scope))
    return lambda draft, scope: get(holder(draft, scope), key(draft, scope)) or empty


def _pattern(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    name, value = node.call.function, translator.code(nodes[0])
    if translator.tree.kind(nodes[1]) != "constant":
        translator.refuse(nodes[1], f"the pattern of `{name}` must be written out")
    pattern = translator.tree.constant(nodes[1])
    try:
        found = finder(pattern if name == "matches" else rf"(?i)\A(?:{glob_pattern(pattern)})\z")
    except ValueError as problem:
        translator.refuse(nodes[1], f"`{pattern}` is no pattern: {problem}")
    return translator.paid(name, value, found)


def _same(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    if any(_is_severity(translator, one) for one in nodes):
        return _by_rank(translator, node, nodes)
    tree = translator.tree
    first, second = (translator.code(one) for one in nodes)
    if not tree.type_of(nodes[0]) == tree.type_of(nodes[1]) == "string":
        return lambda draft, scope: equal(first(draft, scope), second(draft, scope))
    name = nodes[0].ident.name
    if name and tree.kind(nodes[1]) == "constant" and name not in translator.names and name not in DEFAULTS:
        text = tree.constant(nodes[1])
        if text:  # what most conditions are made of
            return lambda draft, _scope: draft.get(name) == text
    return lambda draft, scope: first(draft, scope) == second(draft, scope)


def _differs(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    same = _same(translator, node, nodes)
    return lambda draft, scope: not same(draft, scope)


def _ordered(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    if any(_is_severity(translator, one) for one in nodes):
        return _by_rank(translator, node, nodes)
    first, second = (translator.code(one) for one in nodes)
    compare = FUNCTIONS[node.call.function]
    return lambda draft, scope: compare(first(draft, scope), second(draft, scope))


def _is_severity(translator: "Translator", node: Any) -> bool:
    return bool(node.ident.name == "severity" and "severity" not in translator.names)


def _by_rank(translator: "Translator", node: Any, nodes: list[Any]) -> Code:
    """Levels are compared by how bad they are, not by the alphabet."""
    name, (severity, level) = node.call.function, nodes
    if not _is_severity(translator, severity):
        name, severity, level = _MIRRORED.get(name, name), level, severity
    rank, value = _rank(translator, level), translator.code(severity)
    compare = FUNCTIONS["_==_" if name == "_!=_" else name]
    return lambda draft, scope: compare(_LEVELS[value(draft, scope)], rank)


def _rank(translator: "Translator", node: Any) -> int:
    level = translator.tree.constant(node) if translator.tree.kind(node) == "constant" else None
    if level not in _LEVELS:
        told = "`severity` is compared with a level" if level is None else f"`{level}` is no severity"
        translator.refuse(node, f"{told}: {', '.join(_LEVELS)}")
    return _LEVELS[level]


def _within(translator: "Translator", _node: Any, nodes: list[Any]) -> Code:
    item, holder = nodes
    elements = holder.list.elements
    if _is_severity(translator, item):
        for level in elements:
            _rank(translator, level)
    value, within = translator.code(item), translator.code(holder)
    if translator.is_headers(holder):
        return lambda draft, scope: header(within(draft, scope), value(draft, scope)) is not None
    if elements and all(one.constant.HasField("string") for one in elements):
        texts = frozenset(one.constant.string for one in elements)
        return lambda draft, scope: value(draft, scope) in texts
    test = FUNCTIONS["@in"]
    return lambda draft, scope: test(value(draft, scope), within(draft, scope))


SPECIAL: Final[dict[str, Callable[["Translator", Any, list[Any]], Code]]] = {
    "_&&_": _and,
    "_||_": _or,
    "_?_:_": _choice,
    "@not_strictly_false": _not_false,
    "_[_]": _index,
    "_==_": _same,
    "_!=_": _differs,
    **dict.fromkeys(("_<_", "_<=_", "_>_", "_>=_"), _ordered),
    "@in": _within,
    "matches": _pattern,
    "glob": _pattern,
}
"""CEL's name -> how its call is translated, given the nodes of its values."""
