"""A source map compiled for quick look-ups by the library of Sentry itself: https://github.com/getsentry/symbolic."""

from symbolic.exceptions import SymbolicError
from symbolic.sourcemapcache import SourceMapCache

from rules.grouping.source_maps import CONTEXT_LINES, Original

__all__ = ["CompiledMap"]


class CompiledMap:
    """A file and its map.

    Raises:
        ValueError: the map is none.
    """

    def __init__(self, minified: bytes, source_map: bytes) -> None:
        """Compile.

        Args:
            minified: the file, by which the names of functions are found; empty where it is not there.
            source_map: its map, JSON.
        """
        self.size = len(minified) + len(source_map)  # bytes; what is compiled is of about this size
        try:
            self._cache = SourceMapCache.from_bytes(minified, source_map)
        except SymbolicError as error:
            msg = f"no source map: {error}"
            raise ValueError(msg) from None

    def lookup(self, line: int, column: int) -> Original | None:
        """Where a place of the minified file came from; both count from 1."""
        found = self._cache.lookup(line, column, CONTEXT_LINES)
        if found is None:
            return None
        return Original(
            found.src,
            found.line,
            found.col,
            found.function_name,
            [text.rstrip("\r\n") for text in found.pre_context],
            None if found.context_line is None else found.context_line.rstrip("\r\n"),
            [text.rstrip("\r\n") for text in found.post_context],
        )
