"""The table store: in memory, fed by the changelog, deaf to workers that lost their partition.

A worker that was frozen and wakes up may still write to a changelog whose partition another worker owns by then. Every
value therefore begins with the generation of the consumer group that wrote it (`<generation>|<state>`), and recovery
leaves alone what an older generation wrote over a newer one.
"""

from collections.abc import Callable, Iterable
from typing import Any

from faust import stores
from faust.stores import memory

__all__ = ["STORE_URL", "FencedStore", "fenced", "generation_of", "unfenced"]

STORE_URL = "fenced://"


def fenced(generation: int, state: bytes) -> bytes:
    """A table value."""
    return b"%d|%b" % (generation, state)


def generation_of(value: bytes) -> int:
    """The group generation that wrote a value."""
    return int(value[: value.index(b"|")])


def unfenced(value: bytes) -> bytes:
    """The state in a table value."""
    return value[value.index(b"|") + 1 :]


class FencedStore(memory.Store[Any, Any]):
    """Faust's memory store, with the fence."""

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Apply changelog events in order, except those of an older generation than what is there."""
        del to_value  # values stay as they were written
        for event in batch:
            key, value = to_key(event.key), event.message.value
            if value is None:
                self.data.pop(key, None)
                self._key_partition.pop(key, None)
                continue
            current = self.data.get(key)
            if current is None or generation_of(value) >= generation_of(current):
                self.data[key] = value
                self._key_partition[key] = event.message.partition


stores.STORES.aliases["fenced"] = f"{__name__}:{FencedStore.__name__}"
