"""The first version of grouping, as it was: groups that it made are found by its hashes. Nothing in here changes."""

from rules.grouping.version1.frames import frame_key
from rules.grouping.version1.parts import message_parts, stack_parts

__all__ = ["frame_key", "message_parts", "stack_parts"]
