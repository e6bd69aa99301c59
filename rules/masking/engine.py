"""The engine behind the gates: which texts of an event hit which of them, in one scan over all texts together.

There are two with equal results, Hyperscan and RE2. Hyperscan goes first where it runs: it is compiled whole, in half a
second, while RE2 compiles as it reads, which takes 25 to 100 µs of each of the first 20,000 events.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Any, Final, Literal, Protocol

import re2

__all__ = [
    "EngineName",
    "HyperscanScanner",
    "Re2Scanner",
    "Scanner",
    "encodable",
    "has_hyperscan",
    "joined",
    "make_scanner",
]

EngineName = Literal["re2", "hyperscan"]
Hits = dict[int, list[int]]
"""Of every text that hit a gate, by its number: the gates' numbers, ascending."""

_MOST_MATCHES: Final = 5_000


class Scanner(Protocol):
    """Gates, compiled."""

    def scan(self, texts: Sequence[str]) -> Hits:
        """The texts that hit some gate."""
        ...


def _portable(gate: str) -> bytes:
    """A set of characters with white space in it, alike for both: only Hyperscan's has a vertical tab."""
    return gate.replace(r"\s", r" \t\n\r\f").encode()


@lru_cache(maxsize=8)
def make_scanner(gates: tuple[str, ...], engine: EngineName | None = None) -> Scanner:
    """A scanner for gates, numbered as they come. The same one for the same gates.

    Args:
        gates: patterns that both engines understand alike.
        engine: None for the faster one that runs here.
    """
    if engine is None:
        engine = "hyperscan" if has_hyperscan() else "re2"
    return Re2Scanner(gates) if engine == "re2" else HyperscanScanner(gates)


def has_hyperscan() -> bool:
    """Whether Hyperscan is installed: not every platform has a wheel of it."""
    return find_spec("hyperscan") is not None


def encodable(text: str) -> str:
    """The text as RE2 takes it, with as many characters: half of a surrogate pair becomes `?`."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def joined(texts: Sequence[str], by: str = "\0") -> tuple[bytes, Callable[[], list[int]]]:
    """The texts in one, and a function for where each ends in it, the joint included."""
    text = by.join(texts)
    data = text.encode(errors="replace")
    if len(data) == len(text):  # characters are bytes
        return data, lambda: list(accumulate(len(one) + len(by) for one in texts))
    return data, lambda: list(accumulate(len(one.encode(errors="replace")) + len(by) for one in texts))


class Re2Scanner:
    """One alternation finds the texts that hit, a set says by which gates."""

    def __init__(self, gates: Sequence[str]) -> None:
        """Compile the gates."""
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1  # byte by byte, as Hyperscan does it
        options.never_capture = True
        options.max_mem = 1 << 26
        self._any = re2.compile(b"|".join(b"(?:%b)" % _portable(gate) for gate in gates), options)
        self._set = re2.Set.SearchSet(options)
        for gate in gates:
            self._set.Add(_portable(gate))
        self._set.Compile()

    def scan(self, texts: Sequence[str]) -> Hits:
        """The texts that hit some gate."""
        if len(texts) == 1:
            gates = self._set.Match(texts[0].encode(errors="replace"))
            return {0: sorted(gates)} if gates else {}
        data, find_ends = joined(texts)
        search = self._any.search
        hit = search(data)
        if hit is None:
            return {}
        hits: Hits = {}
        ends = find_ends()
        while hit is not None:
            index = bisect_right(ends, hit.start())
            hits[index] = sorted(self._set.Match(texts[index].encode(errors="replace")))
            hit = search(data, ends[index]) if ends[index] < len(data) else None
        return hits


class HyperscanScanner:
    """All gates at once. It reports ends of matches, and all of them: past a limit every gate counts as hit.

    Thread-safe: each thread has room of its own for its scans.
    """

    def __init__(self, gates: Sequence[str]) -> None:
        """Compile the gates."""
        hyperscan: Any = import_module("hyperscan")
        self._gates = list(range(len(gates)))
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[_portable(gate) for gate in gates],
            ids=self._gates,
            elements=len(gates),
            flags=[0] * len(gates),
        )
        self._stopped: type[Exception] = hyperscan.ScanTerminated
        self._make_room: Callable[[Any], Any] = hyperscan.Scratch
        self._rooms = threading.local()

    def scan(self, texts: Sequence[str]) -> Hits:
        """The texts that hit some gate."""
        data, find_ends = joined(texts)
        found: list[tuple[int, int]] = []

        def on_match(gate: int, start: int, end: int, flags: int, context: object) -> bool:  # noqa: ARG001 Hyperscan's
            found.append((gate, end))
            return len(found) >= _MOST_MATCHES

        try:
            self._database.scan(data, match_event_handler=on_match, scratch=self._room())
        except self._stopped:
            return dict.fromkeys(range(len(texts)), self._gates)
        if not found:
            return {}
        ends = find_ends()
        gates: dict[int, set[int]] = {}
        for gate, end in found:
            gates.setdefault(bisect_right(ends, end - 1), set()).add(gate)
        return {index: sorted(gates[index]) for index in sorted(gates)}

    def _room(self) -> Any:
        try:
            return self._rooms.scratch
        except AttributeError:
            made = self._rooms.scratch = self._make_room(self._database)
            return made
