"""Frames masked, and what became of them remembered: they come again and again, also those that hold a user's name."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from models import bounds
from rules.masking.frames import FRAME_NAMES, context_lines, put_context
from rules.masking.profile import Path, Profile
from rules.masking.texts import TextMasker

__all__ = ["FrameMasker", "copy_context"]

Frame = dict[str, Any]
Changes = list[tuple[str, int]]

_LINE_GROWTH = 64  # a line of one character may become a placeholder
_MAX_KNOWN = 8_192


class Part(NamedTuple):
    """A field of a frame that was changed, and what it is now: a text, or the source lines."""

    field: str
    value: Any
    changes: Changes


class FrameMasker:
    """`known` holds, by the mark of a frame as it came, what is to be changed in it: nothing of what was masked."""

    def __init__(self, texts: TextMasker, profile: Profile) -> None:
        """Mask as `profile` says."""
        self._texts = texts
        self._profile = profile
        self.known: dict[int, list[Part]] = {}

    def add(self, mark: int, parts: list[Part]) -> None:
        """Remember what becomes of a frame."""
        if len(self.known) >= _MAX_KNOWN:  # frames are the producer's to choose
            self.known.clear()
        self.known[mark] = parts

    def masked(self, frame: Frame, path: Path) -> list[Part]:
        """What is to be changed in the frame at `path`."""
        return list(self._parts(frame, path))

    def _parts(self, frame: Frame, path: Path) -> Iterator[Part]:
        for field, most in FRAME_NAMES.items():
            text = frame.get(field)
            if text:
                turn = self._profile.turn((path, field))
                masked = self._texts.mask(text, turn, self._profile, most)
                if masked != text:
                    yield Part(field, masked, turn.changes)
        context = frame.get("context")
        if context and (part := self._context(context, (path, "context"))) is not None:
            yield part

    def _context(self, context: dict[str, Any], path: Path) -> Part | None:
        """All lines together, because a key may go over many; one by one where they would not come apart again."""
        lines = context_lines(context)
        turn = self._profile.turn(path, code=True)
        text = "\n".join(lines)
        masked = self._texts.mask(text, turn, self._profile, len(text) * _LINE_GROWTH).split("\n")
        if masked == lines:
            return None
        if len(masked) != len(lines):
            turn = self._profile.turn(path, code=True)
            masked = [self._texts.mask(line, turn, self._profile, bounds.MAX_LINE) for line in lines]
        if masked == lines:
            return None
        made = dict(context)
        put_context(made, [line[: bounds.MAX_LINE] for line in masked])
        return Part("context", made, turn.changes)


def copy_context(context: dict[str, Any]) -> dict[str, Any]:
    """A frame's own source lines: what is remembered must stay as it is."""
    return {key: list(value) if isinstance(value, list) else value for key, value in context.items()}
