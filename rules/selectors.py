"""Selectors: which values of an event are meant, by their paths. The syntax is that of Sentry's Relay.

`extra.foo` is every path that ends so, in any letter case; `*` stands for one name or number, `**` for any number of
them; `'a b'` quotes a name; `$string` and `$frame` are values by what they are. `!`, `&&`, `||` and brackets combine.
https://develop.sentry.dev/backend/application-domains/pii/selectors/
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

__all__ = ["Kind", "Parts", "Selector", "parse_selector"]

Parts = Sequence[str]
"""A path's names and numbers, the outermost first."""

Kind = str
"""What the value at its end is: `string`, `number`, `boolean`, `array` or `object`."""

Selector = Callable[[Parts, Kind], bool]
_Item = Callable[[Parts, int, Kind], bool]

MAX_LENGTH: Final = 500
_MAX_DEPTH = 20
_TOKEN = re.compile(
    r"\s*(?:(?P<type>\$[a-z_]+)|(?P<deep>\*\*)|(?P<any>\*)|(?P<quoted>'(?:[^']|'')+')"
    r"|(?P<key>[A-Za-z0-9_][A-Za-z0-9_\-]*)|(?P<and>&&?)|(?P<or>\|\|?)|(?P<not>[!~])|(?P<mark>[.()]))"
)
_VALUES = frozenset({"string", "number", "boolean", "array", "object"})
# Where in an event the things are that have a type of their own: the path up to them, `#` for a number.
_TYPES = {
    "exception": ("exception", "#"),
    "error": ("exception", "#"),
    "stacktrace": ("exception", "#", "frames"),
    "frame": ("exception", "#", "frames", "#"),
    "request": ("request",),
    "http": ("request",),
    "message": ("message",),
    "logentry": ("message",),
    "breadcrumb": ("extra", "breadcrumbs", "#"),
    "thread": ("extra", "threads", "#"),
    "user": ("extra", "user"),
    "sdk": ("sdk",),
}
_ALIASES = {"vars": "locals", "context_line": "line"}  # Sentry's names to ours


class _Token(NamedTuple):
    kind: str
    text: str


def parse_selector(text: str) -> Selector:
    """The selector that `text` is.

    Raises:
        ValueError: it is none, with the reason in words.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a selector has at most {MAX_LENGTH} characters")
    parser = _Parser(_tokens(text), text)
    selector = parser.either(0)
    if parser.next is not None:
        raise ValueError(f"`{text}`: `{parser.next.text}` cannot stand there")
    return selector


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"`{text}`: `{stripped[at:].strip()[:1]}` cannot stand in a selector")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent: `||` binds least, then `&&`, then `!`."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0

    @property
    def next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *kinds: str) -> _Token | None:
        token = self.next
        if token is None or (token.kind not in kinds and token.text not in kinds):
            return None
        self._at += 1
        return token

    def either(self, depth: int) -> Selector:
        ways = [self._all(depth)]
        while self._take("or"):
            ways.append(self._all(depth))
        return ways[0] if len(ways) == 1 else lambda parts, kind: any(way(parts, kind) for way in ways)

    def _all(self, depth: int) -> Selector:
        ways = [self._one(depth)]
        while self._take("and"):
            ways.append(self._one(depth))
        return ways[0] if len(ways) == 1 else lambda parts, kind: all(way(parts, kind) for way in ways)

    def _one(self, depth: int) -> Selector:
        if depth > _MAX_DEPTH:
            raise ValueError(f"`{self._text}` is too deep")
        if self._take("not"):
            inner = self._one(depth + 1)
            return lambda parts, kind: not inner(parts, kind)
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise ValueError(f"`{self._text}`: a bracket is not closed")
            return inner
        return self._path()

    def _path(self) -> Selector:
        items: list[_Token] = []
        while True:
            token = self._take("type", "deep", "any", "quoted", "key")
            if token is None:
                found = f"`{self.next.text}` stands" if self.next else "it ends"
                raise ValueError(f"`{self._text}`: a name, a type or `*` is missing where {found}")
            items.append(token)
            if not self._take("."):
                return _path(items, self._text)


def _path(tokens: list[_Token], text: str) -> Selector:
    deep = [index for index, token in enumerate(tokens) if token.kind == "deep"]
    if len(deep) > 1:
        raise ValueError(f"`{text}`: `**` may stand once in a path")
    if [token.kind for token in tokens] == ["any"]:
        raise ValueError(f"`{text}`: `*` must be part of a path; `**` is everything")
    items = [_item(token, text) for token in tokens]
    if not deep:
        return lambda parts, kind: _ends(items, parts, len(parts), kind)
    head, tail = items[: deep[0]], items[deep[0] + 1 :]

    def matches(parts: Parts, kind: Kind) -> bool:
        rest = len(parts) - len(tail)
        if rest < 1 + len(head) or not _ends(tail, parts, len(parts), kind):
            return False
        return not head or any(_ends(head, parts, end, kind) for end in range(len(head), rest))

    return matches


def _ends(items: list[_Item], parts: Parts, end: int, kind: Kind) -> bool:
    """Whether the path up to `end` ends with the items."""
    start = end - len(items)
    return start >= 0 and all(item(parts, start + index, kind) for index, item in enumerate(items))


def _item(token: _Token, text: str) -> _Item:
    if token.kind in {"any", "deep"}:
        return lambda parts, at, kind: True  # noqa: ARG005 one signature for all
    if token.kind == "type":
        return _type(token.text[1:], text)
    name = token.text[1:-1].replace("''", "'") if token.kind == "quoted" else token.text
    name = _ALIASES.get(name, name).lower()
    return lambda parts, at, kind: parts[at].lower() == name  # noqa: ARG005 as above


def _type(name: str, text: str) -> _Item:
    if name in _VALUES:
        return lambda parts, at, kind: kind == name and at == len(parts) - 1
    if name not in _TYPES:
        known = ", ".join(f"${one}" for one in sorted(_VALUES | _TYPES.keys()))
        raise ValueError(f"`{text}`: there is no type `${name}`; there are {known}")
    path = _TYPES[name]

    def matches(parts: Parts, at: int, kind: Kind) -> bool:  # noqa: ARG001 as above
        return at == len(path) - 1 and all(
            part.isdigit() if wanted == "#" else part == wanted for wanted, part in zip(path, parts, strict=False)
        )

    return matches
