"""YAML to plain values, and the place of each; bounded, so that a hostile file costs nothing."""

from collections.abc import Callable
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from rules.rulefile.problems import Problem

__all__ = ["KEY", "TEXT", "Path", "Places", "read"]

Path = tuple[str | int, ...]
Places = dict[Path, tuple[int, int]]  # path -> line and column, from 1; a key's own place under (*path, KEY)

KEY: Final = "\0key"
TEXT: Final = "\0text"  # (*path, TEXT): where a text begins that stands in the file as it is, letter by letter
MAX_BYTES = 1_000_000
MAX_NODES = 10_000  # as written, and again after aliases are followed
MAX_DEPTH = 20
TOO_MUCH = "too much in one file, or too deep"

_FOLD = "\a"  # where the library notes that it joined two lines
_TAG = "tag:yaml.org,2002:"
_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "str": str,
    "int": lambda text: int(text.replace("_", ""), 0),
    "float": lambda text: float(text.replace("_", "")),
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
    "timestamp": str,
}


def read(text: str) -> tuple[Any, Places, list[Problem]]:
    """The file's values, where each stands, and what is wrong with it as YAML."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        return None, {}, [Problem(1, 1, "the file is larger than 1 MB")]
    try:
        yaml = YAML(pure=True)
        yaml.Composer = _BoundedComposer
        root = yaml.compose(text)
    except MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        what = (exc.problem or exc.context or "it cannot be read").strip()
        return None, {}, [Problem(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"not YAML: {what}")]
    except ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        return None, {}, [Problem(line, 1, f"not YAML: a character that may not stand there (#{exc.character:04x})")]
    except (YAMLError, RecursionError) as exc:
        return None, {}, [Problem(1, 1, f"not YAML: {type(exc).__name__}")]
    if root is None:
        # Nobody means that nothing alerts when all of a file is commented out.
        return {}, {(): (1, 1)}, [Problem(1, 1, "the file holds no rules; write `{}` if none shall hold")]
    reader = _Reader(text.split("\n"))
    value = reader.value(root, ())
    return value, reader.places, reader.problems


class _BoundedComposer(Composer):
    """Gives up early: a megabyte of `[1,1,1…` would take half a minute."""

    seen = depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.seen += 1
        if self.seen > MAX_NODES or self.depth > MAX_DEPTH:
            raise ComposerError(None, None, TOO_MUCH, self.parser.peek_event().start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.places: Places = {}
        self.problems: list[Problem] = []
        self._lines = lines
        self._nodes = 0

    def value(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        self.places[path] = _place(node)
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            if not self.problems or self.problems[-1].message != TOO_MUCH:
                self.problems.append(Problem(*_place(node), TOO_MUCH))
            return None
        if isinstance(node, ScalarNode):
            if begin := self._text_begin(node):
                self.places[(*path, TEXT)] = begin
            return self._scalar(node)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, MappingNode)
        return self._mapping(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, child in node.value:
            if self._nodes > MAX_NODES:
                break
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None:
                self.problems.append(Problem(*_place(key_node), "a key must be a word"))
            elif key in found:
                self.problems.append(Problem(*_place(key_node), f"`{key}` stands here twice"))
            else:
                found[key] = self.value(child, (*path, key))
                self.places[(*path, key, KEY)] = _place(key_node)
        return found

    def _text_begin(self, node: ScalarNode) -> tuple[int, int] | None:
        start, end = node.start_mark, node.end_mark
        if node.style == "|":  # its lines are the file's, without what they are indented by
            line = next((text for text in self._lines[start.line + 1 : end.line] if text.strip()), "")
            return start.line + 2, len(line) - len(line.lstrip()) + 1
        quotes = 1 if node.style in ("'", '"') else 0
        if start.line == end.line and end.column - start.column == len(node.value) + 2 * quotes:
            return start.line + 1, start.column + 1 + quotes
        return None

    def _scalar(self, node: ScalarNode) -> Any:
        kind = str(node.tag).removeprefix(_TAG)
        value = node.value.replace(_FOLD, "") if node.style == ">" else node.value
        try:
            return _SCALARS[kind](value)
        except (KeyError, ValueError):
            self.problems.append(Problem(*_place(node), f"`{node.value[:40]}` cannot be read as {kind}"))
            return node.value


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
