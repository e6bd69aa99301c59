"""A draft masked in place: one walk that gathers its texts, one scan over all of them, exact rules where it hit."""

from typing import Any

from models import bounds
from rules.marks import chain_mark, frame_mark
from rules.masking.clean import Clean
from rules.masking.framing import FrameMasker, copy_context
from rules.masking.hiding import Hider
from rules.masking.keys import key_rule
from rules.masking.profile import Path, Profile
from rules.masking.remarks import Remarks
from rules.masking.texts import PathMasker, TextMasker
from rules.masking.walking import Place, Walk
from rules.masking.whole import mask_whole

__all__ = ["DraftMasker"]

Draft = dict[str, Any]

_NUMBERING = 5  # characters kept free for what tells keys apart that became alike


class DraftMasker:
    """Masks drafts of the services that one profile holds for."""

    def __init__(self, texts: TextMasker, paths: PathMasker, profile: Profile, clean: Clean) -> None:
        """`clean` must be this profile's own."""
        self.profile = profile
        self._texts = texts
        self._paths = paths
        self._clean = clean
        self._frames = FrameMasker(texts, profile)

    def mask(self, draft: Draft, longest: int = bounds.MAX_VALUE) -> int:
        """As `Masker.mask` says; a value in `extra` may be `longest` characters long."""
        remarks = Remarks(self._paths, self.profile, draft.setdefault("remarks", []))
        hider = Hider(self.profile, remarks)
        if self.profile.whole:
            mask_whole(draft, self.profile, hider, remarks)
        walk = Walk(draft, hider, self._clean, longest)
        hits = self._texts.scan(walk.texts, self.profile)
        if hits:
            self._mask_places(walk, hits, remarks, hider)
        for kind, holder, field, path, limit in walk.parted:
            self._mask_parted(f"{kind}: ", holder, field, path, limit, remarks)
        self._learn(walk, hits)
        return chain_mark(draft.get("exception") or ()) if _in_exceptions(walk, hits) else walk.chain

    def _mask_places(self, walk: Walk, hits: dict[int, list[int]], remarks: Remarks, hider: Hider) -> None:
        for index, steps in hits.items():
            holder, key, path, _ = place = walk.places[index]
            if key is not None:
                self._mask_value(place, remarks, steps)
            elif _is_frame(path):
                self._mask_frame(holder, path, walk.marks[index], remarks)
        for index in hits:  # keys last: until then the values are found under them
            holder, key, path, _ = walk.places[index]
            if key is None and not _is_frame(path):
                self._mask_keys(holder, path, remarks, hider)
        hider.finish()

    def _mask_value(self, place: Place, remarks: Remarks, steps: list[int] | None = None) -> None:
        holder, key, path, limit = place
        text, here = holder[key], (path, key)
        turn = self.profile.turn(here)
        masked = self._texts.mask(text, turn, self.profile, limit, steps)
        if masked != text:
            holder[key] = masked
            remarks.add(here, turn.changes)

    def _mask_parted(  # noqa: PLR0917 a place, and what goes with it
        self, head: str, holder: dict[str, Any], field: str, path: Path, limit: int, remarks: Remarks
    ) -> None:
        """A text that the type or the key before it tells to hold a secret."""
        if "[" in head:  # masked before: what was to be found is found
            return
        text, here = holder.get(field), (path, field)
        if not isinstance(text, str):  # masked meanwhile under another name, or taken out
            return
        turn = self.profile.turn(here)
        masked = self._texts.mask(head + text, turn, self.profile, len(head) + limit)
        if masked.startswith(head) and masked != head + text:
            holder[field] = masked.removeprefix(head)
            remarks.add(here, turn.changes)

    def _mask_frame(self, frame: dict[str, Any], path: Path, mark: int, remarks: Remarks) -> None:
        known = self._frames.known.get(mark) if self.profile.everywhere else None
        if known is None:
            known = self._frames.masked(frame, path)
            if self.profile.everywhere:
                self._frames.add(mark, known)
        for part in known:
            if part.field == "context":
                frame["context"].update(copy_context(part.value))
            else:
                frame[part.field] = part.value
            remarks.add((path, part.field), part.changes)

    def _mask_keys(self, holder: dict[str, Any], path: Path, remarks: Remarks, hider: Hider) -> None:
        """Keys may be e-mail addresses or tokens, too. A new name may say of its value that it is a secret."""
        turn = self.profile.turn(path)
        renamed: dict[str, Any] = {}
        for key, value in holder.items():
            most = bounds.MAX_NAME - _NUMBERING
            name = self._texts.mask(key, turn, self.profile, most) if key else key
            unique, number = name, 1
            while unique in renamed:
                number += 1
                unique = f"{name} {number}"
            renamed[unique] = value
        if turn.changes:
            holder.clear()
            holder.update(renamed)
            remarks.add(path, turn.changes)
            for name in [name for name in holder if "[" in name]:
                rule = key_rule(name)
                if rule is not None:
                    hider.hide(holder, name, holder[name], rule, path)

    def _learn(self, walk: Walk, hits: dict[int, list[int]]) -> None:
        """Remember what recurs and came out as it went in."""
        marks = walk.marks
        found = len(marks)
        for index in hits:
            holder, key, *_ = walk.places[index]
            walk.keyed.pop(index, None)
            if index in marks and not self._stayed(marks[index], holder, key):
                del marks[index]
        for mark in marks.values():
            self._clean.add_mark(mark)
        for stack in walk.stacks if len(marks) == found else ():
            self._clean.add_mark(stack)
        for holder in walk.keyed.values():
            self._clean.add_keys(holder)

    def _stayed(self, mark: int, holder: Any, key: str | int | None) -> bool:
        """Whether a text that hit a gate is clean wherever it comes again."""
        if not self.profile.everywhere:
            return False
        return mark == (frame_mark(holder) if key is None else hash(holder[key]))


def _in_exceptions(walk: Walk, hits: dict[int, list[int]]) -> bool:
    """Whether what the mark of the exceptions is made of may have been changed."""
    return any(walk.places[index][1] in {None, "type"} for index in hits)


def _is_frame(path: Path) -> bool:
    match path:
        case (((("exception",), _), "frames"), _):
            return True
    return False
