"""Records of every format with canaries in every field: what real loggers and SDKs wrote, each text with a secret more."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import re2
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rules.normalizing import NotAnError, Unreadable, normalize
from tests.fixtures import make
from tests.rules.canaries import CANARIES, Canary

__all__ = ["Found", "Sent", "Texts", "found_in", "real_records"]

BATCH = 12  # canaries in one text that may be long
RECORDS = 6  # of one format that canaries are put into
TEXTS = 40  # of plain text, which stands for a dozen languages
_CODE = (
    "code context_line post_context pre_context pre post source file fileName filename abs_path absPath path line lines"
    " pathname lineText @mt"
)  # what becomes of a frame keeps what only a key makes a secret: there it is an expression
_NAMES = (
    "function functionName method methodName methodname module name package className class funcName type Type errorClass"
    " controller action logName spanId traceId span_id trace_id"
)  # left as they are: readers part them at their dots and join them with others
CODE, NAMES = frozenset(_CODE.split()), frozenset(_NAMES.split())
PAIRS = ("go-text", "klog", "logfmt")  # formats of text that are made of `name=value`


class Sent(NamedTuple):
    """A record to be sent."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Texts:
    """Canaries one after the other: of all kinds, and apart from them those that are known by their form."""

    def __init__(self, first: int = 0) -> None:
        known = [canary for canary in CANARIES if canary.by_form and not {*canary.text} & {*"./"}]
        self._any = islice(cycle(CANARIES), first, None)
        self._known = islice(cycle(known), first, None)
        self.given = 0

    def one(self, known: bool = False) -> str:
        """The next one, or the next of those known by their form."""
        if known:
            return next(self._known).text
        self.given += 1
        text = next(self._any).text
        return (
            text if "name=" not in text else self.one()
        )  # a form's parts, of which a record's end may make another field

    def line(self) -> str:
        """The next one that can end any line: a single one, without quotes, which some formats have ways to escape of."""
        while "\n" in (text := self.one()) or '"' in text:
            pass
        return text

    def many(self) -> str:
        """The next few, a line or more each. What is not closed comes last: it takes what follows with it."""
        self.given += BATCH
        some = list(islice(self._any, BATCH))
        some.sort(key=_is_open)
        return "\n\n".join(canary.text for canary in some)


def _is_open(canary: Canary) -> bool:
    return "BEGIN" in canary.text and "END" not in canary.text


Give = Callable[[bool], str]
Path_ = tuple[Any, ...]


def _grown(tree: Any, give: Give, only: set[Path_] | None, path: Path_ = ()) -> Any:
    """The tree with something more in every text of it, or in those at the paths `only`; JSON within texts as well."""
    if isinstance(tree, dict):
        return {key: _grown(value, give, only, (*path, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_grown(value, give, only, (*path, number)) for number, value in enumerate(tree)]
    if not isinstance(tree, str):
        return tree
    if (inner := _json(tree)) is not None:
        return orjson.dumps(_grown(inner, give, only, (*path, "{}"))).decode()
    if (only is not None and path not in only) or (path and path[-1] in NAMES):
        return tree
    return f"{tree} {give(not CODE.isdisjoint(path))}"


def _json(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


class _Carrier:
    """A real record that takes canaries: `grow` gives it with one in each of its texts."""

    def __init__(self, path: Path) -> None:
        self.headers = {name: value.encode() for name, value in make.headers_of(path).items()}
        self.value = path.read_bytes()
        self.formats = self._read(self.value)
        self._only: set[Path_] = set()
        for form in _forms(self.value, self.headers, self.formats[0]) if self.formats else []:
            self._form = form
            self._only = self._bearing(self._form.leaves())
            if self._only:
                break

    def grow(self, texts: Texts) -> Sent:
        headers = {
            name: value if name == "content-type" or name.startswith("ce_") else value + b" " + texts.one().encode()
            for name, value in self.headers.items()
        }
        if self._read_with(headers) != self.formats:
            headers = self.headers
        return Sent(self._form.grow(texts, self._only), tuple(headers.items()))

    @property
    def bears(self) -> int:
        """Texts that can be longer without the record being another."""
        return len(self._only)

    def _bearing(self, paths: Sequence[Path_]) -> set[Path_]:
        """The paths of texts that may change: not those by which the format or the level is known."""
        borne: set[Path_] = set()
        waiting = [list(paths)]
        while waiting:
            some = waiting.pop()
            if not some:
                continue
            if self._read(self._form.grow(_Same(), borne | set(some))) == self.formats:
                borne |= set(some)
            elif len(some) > 1:
                waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
        return borne

    def _read(self, value: bytes) -> list[str]:
        try:
            return [draft["format"] for draft in normalize(value, self.headers)]
        except (Unreadable, NotAnError):
            return []

    def _read_with(self, headers: Mapping[str, bytes]) -> list[str]:
        try:
            return [draft["format"] for draft in normalize(self.value, headers)]
        except (Unreadable, NotAnError):
            return []


class _Same(Texts):
    """A word in place of each canary."""

    def one(self, known: bool = False) -> str:
        return "more"

    line = one

    def many(self) -> str:
        return "more"


class _Tree:
    """A JSON value."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def leaves(self) -> list[Path_]:
        return list(_paths(self.tree))

    def grow(self, texts: Texts, only: set[Path_]) -> bytes:
        return orjson.dumps(_grown(self.tree, texts.one, only))


def _paths(tree: Any, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(tree, str) and (inner := _json(tree)) is not None:
        yield from _paths(inner, (*path, "{}"))
    elif isinstance(tree, str):
        if not path or path[-1] not in NAMES:
            yield path
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _paths(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _paths(value, (*path, number))


class _Lines:
    """Lines of JSON each, as of a Sentry envelope: without the items' lengths, which would be wrong."""

    def __init__(self, lines: list[Any]) -> None:
        self._lines = lines
        for line in lines:
            line.pop("length", None)

    def leaves(self) -> list[Path_]:
        return list(_paths(self._lines))

    def grow(self, texts: Texts, only: set[Path_]) -> bytes:
        return b"\n".join(map(orjson.dumps, _grown(self._lines, texts.one, only)))


class _Text:
    """Plain text: more at the end of its first line, of its last one, and in lines after it."""

    def __init__(self, text: str, form: str) -> None:
        self._lines = text.rstrip("\n").split("\n")
        self._pairs = form in PAIRS

    def leaves(self) -> list[Path_]:
        return [("pairs",)] if self._pairs else [("first",), ("last",), ("after",)]

    def grow(self, texts: Texts, only: set[Path_]) -> bytes:
        lines = list(self._lines)
        if ("pairs",) in only:  # quoted, as loggers write what has spaces in it
            lines[0] += "".join(f" note{n}={orjson.dumps(texts.one()).decode()}" for n in range(3))
        if ("first",) in only:
            lines[0] += " " + texts.line()
        if ("last",) in only:
            lines[-1] += " " + texts.line()
        if ("after",) in only:
            lines.append(texts.many())
        return "\n".join(lines).encode()


class _Protobuf:
    """A message of Protocol Buffers: more in every field of text."""

    def __init__(self, kind: type[Message], value: bytes) -> None:
        self._kind, self._value = kind, kind.FromString(value).SerializeToString()

    def leaves(self) -> list[Path_]:
        return [("all",)]

    def grow(self, texts: Texts, only: set[Path_]) -> bytes:
        message = self._kind.FromString(self._value)
        if only:
            _grow_message(message, texts, "")
        return message.SerializeToString()


def _grow_message(message: Message, texts: Texts, key: str) -> None:
    key = getattr(message, "key", "") or key  # of an attribute
    for field, value in message.ListFields():
        if field.name in {"key", "schema_url", "severity_text"}:
            continue
        if field.type == field.TYPE_MESSAGE:
            for one in value if field.is_repeated else [value]:
                _grow_message(one, texts, key)
        elif field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, f"{value} {texts.one()}")


def _forms(value: bytes, headers: Mapping[str, bytes], form: str) -> Iterator[Any]:
    """What the record may be; the first that takes more is right."""
    if "protobuf" in headers.get("content-type", b"").decode():
        for kind in (ExportLogsServiceRequest, ExportTraceServiceRequest):
            with suppress(DecodeError):
                yield _Protobuf(kind, value)
        return
    lines = [_json(line) for line in value.decode(errors="replace").splitlines() if line]
    if len(lines) > 1 and all(isinstance(line, dict) for line in lines):
        yield _Lines(lines)
    elif (tree := _json(value.decode(errors="replace").strip())) is not None:
        yield _Tree(tree)
    yield _Text(value.decode(errors="replace"), form)


def carriers() -> dict[str, list[_Carrier]]:
    """By format, the real records that hold the most."""
    by_format: dict[str, list[_Carrier]] = {}
    for path in make.records():
        if path.name.startswith("csv-"):  # one more column would make another table of it
            continue
        carrier = _Carrier(path)
        if carrier.bears:
            by_format.setdefault(carrier.formats[0], []).append(carrier)
    for some in by_format.values():
        some.sort(key=lambda one: -one.bears)
    return {name: some[: TEXTS if name == "text" else RECORDS] for name, some in sorted(by_format.items())}


def real_records(share: int = 1) -> Iterator[tuple[str, Sent]]:
    """By the names of their formats: of each as many records as take every canary once, or the `share`th part of them."""
    for number, (name, some) in enumerate(carriers().items()):
        texts, turn = Texts(first=number * 37), cycle(some)
        while texts.given * share < len(CANARIES):
            yield name, next(turn).grow(texts)


class Found(NamedTuple):
    """A canary that somebody let through."""

    kind: str
    around: str


_WEAK = 8  # characters: a secret so short may be a part of any number


def found_in(text: str) -> list[Found]:
    """The canaries that a text still holds, as they are or as JSON once or twice has them."""
    found: list[Found] = []
    if _ANY.search(text.encode(errors="replace")) is None:  # megabytes in milliseconds
        return found
    for canary, forms in _FORMS:
        for form in forms:
            at = text.find(form)
            while at >= 0 and len(form) < _WEAK and _amid(text[max(at - 1, 0) : at + len(form) + 1], form):
                at = text.find(form, at + 1)
            if at >= 0:
                found.append(Found(canary.kind, text[max(at - 60, 0) : at + 60]))
                break
    return found


def _amid(text: str, secret: str) -> bool:
    """Whether it is a part of a longer number, of a time, or of an identifier."""
    return re.search(rf"(?<![\w.:+-]){re.escape(secret)}(?![\w.])", text) is None


def _spelled(secret: str) -> set[str]:
    once = orjson.dumps(secret).decode()[1:-1]
    return {secret, once, orjson.dumps(once).decode()[1:-1]}


_FORMS = [(canary, _spelled(canary.secret)) for canary in CANARIES]
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 512 << 20  # bytes; a thousand literals at once
_ANY = re2.compile("|".join(re2.escape(form) for _, forms in _FORMS for form in forms), _OPTIONS)
