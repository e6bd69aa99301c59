"""What an event must have for a condition to hold: most are asked about events that cannot fit, and need no asking."""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from rules.conditions.schema import FIELDS
from rules.conditions.tree import Tree

__all__ = ["Needs", "glob_needle", "needs_of"]

Values = dict[str, frozenset[str]]

_SPECIAL = re.compile(r"[\[\]{}\\]")
_WILD = re.compile(r"[*?]+")


class Needs(NamedTuple):
    """What is true of every event for which a condition holds. Of fields that are not named nothing is said.

    values: field -> texts of which the event has one.
    needles: field -> RE2 patterns of which one is found in the event's text.

    A field is a name of ErrorEvent's, `tags.<name>` or `request.url`.
    """

    values: Values
    needles: Values


def needs_of(tree: Tree) -> Needs:
    """The needs of a checked condition."""
    return Needs(_needs(tree.root, _values), _needs(tree.root, _needles))


def glob_needle(glob: str) -> str | None:
    """A pattern that is found wherever the glob fits, in any letter case; None where it is better asked itself."""
    if _SPECIAL.search(glob):
        return None
    longest = max(_WILD.split(glob), key=len)
    return f"(?i:{re.escape(longest)})" if longest else None


def _needs(node: Any, leaf: Callable[[Any], Values]) -> Values:
    call = node.call
    if call.function not in ("_&&_", "_||_"):
        return leaf(node)
    one, other = (_needs(arg, leaf) for arg in call.args)
    if call.function == "_||_":
        return {name: one[name] | other[name] for name in one.keys() & other.keys()}
    return {name: _narrowest(one.get(name), other.get(name)) for name in one.keys() | other.keys()}


def _narrowest(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str]:
    if one is None or other is None:
        return one or other or frozenset()
    return one if len(one) <= len(other) else other  # either is right, both together are no simple list


def _values(node: Any) -> Values:
    call = node.call
    if call.function not in ("_==_", "@in"):
        return {}
    name, given = _field(call.args[0]), call.args[1]
    constants = given.list.elements if call.function == "@in" else [given]
    if not name or not constants or not all(one.constant.HasField("string") for one in constants):
        return {}
    return {name: frozenset(one.constant.string for one in constants)}


def _needles(node: Any) -> Values:
    call = node.call
    made = _NEEDLES.get(call.function)
    if made is None:
        return {}
    first, second = (call.target, *call.args) if call.HasField("target") else (*call.args, None)[:2]
    name = _field(first)
    if not name or not second.constant.HasField("string"):
        return {}
    needle = made(second.constant.string)
    return {name: frozenset([needle])} if needle else {}


_NEEDLES: Final[dict[str, Callable[[str], str | None]]] = {
    "contains": re.escape,
    "startsWith": re.escape,
    "endsWith": re.escape,
    "_==_": re.escape,
    "matches": lambda pattern: f"(?:{pattern})",
    "glob": glob_needle,
}


def _field(node: Any) -> str:
    """The name of the field that a node stands for; empty where it is none."""
    if node.ident.name:
        return str(node.ident.name) if node.ident.name in FIELDS else ""
    select = node.select
    holder, name = select.operand.ident.name, select.field
    if not holder and node.call.function == "_[_]":
        holder, name = node.call.args[0].ident.name, node.call.args[1].constant.string
    return f"{holder}.{name}" if holder == "tags" or (holder, name) == ("request", "url") else ""
