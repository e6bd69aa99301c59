"""Names of the topics between agents, of the tables, and which partition a key belongs to."""

import zlib

__all__ = ["TICK_KEY", "changelog", "partition_of", "topic_names"]

KEYED = ("groups", "rates", "signals", "alerts")
TABLES = ("dedupe", "rates", "escalation")
TICK_KEY = b"tick"  # the key of a record that tells time


def topic_names(prefix: str) -> dict[str, str]:
    """The keyed topics, by what they carry."""
    return {name: prefix + name for name in KEYED}


def changelog(group: str, table: str) -> str:
    """The compacted topic behind a table."""
    return f"{group}-{table}-changelog"


def partition_of(key: str, partitions: int) -> int:
    """Where a key's records go. Ours, not the producer library's, so that every version of it agrees."""
    return zlib.crc32(key.encode()) % partitions
