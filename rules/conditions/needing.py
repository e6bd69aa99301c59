"""What an event must have for a condition to hold: most are asked about events that cannot fit, and need no asking."""

from collections.abc import Mapping
from typing import Any

from rules.conditions.schema import FIELDS
from rules.conditions.tree import Tree

__all__ = ["needs_of"]

Needs = dict[str, frozenset[str]]


def needs_of(tree: Tree) -> Needs:
    """Field -> values of which the event has one wherever the condition holds; nothing is said of other fields."""
    return {name: values for name, values in _needs(tree, tree.root).items() if name in FIELDS}


def _needs(tree: Tree, node: Any) -> Needs:
    call = node.call
    match call.function:
        case "_&&_":
            return _both(_needs(tree, call.args[0]), _needs(tree, call.args[1]))
        case "_||_":
            return _either(_needs(tree, call.args[0]), _needs(tree, call.args[1]))
        case "_==_" if call.args[0].ident.name and call.args[1].constant.HasField("string"):
            return {call.args[0].ident.name: frozenset([call.args[1].constant.string])}
        case "@in" if call.args[0].ident.name and (items := call.args[1].list.elements):
            if all(item.constant.HasField("string") for item in items):
                return {call.args[0].ident.name: frozenset(item.constant.string for item in items)}
    return {}


def _both(one: Needs, other: Needs) -> Needs:
    return {name: _narrowed(name, one, other) for name in one.keys() | other.keys()}


def _narrowed(name: str, *needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*(need[name] for need in needs if name in need))


def _either(one: Needs, other: Needs) -> Needs:
    return {name: one[name] | other[name] for name in one.keys() & other.keys()}
