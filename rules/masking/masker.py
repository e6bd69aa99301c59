"""A draft masked in place: one walk that gathers its texts, one scan over all of them, exact rules where it hit."""

from bisect import bisect_right
from itertools import accumulate
from typing import Any

from models import bounds
from rules.marks import chain_mark, frame_mark
from rules.masking.clean import Clean
from rules.masking.keys import key_rule
from rules.masking.texts import TextMasker
from rules.masking.walking import Path, Place, Walk, context_lines, render

__all__ = ["Masker"]

Draft = dict[str, Any]
_FRAME_NAMES = {
    "function": bounds.MAX_NAME,
    "module": bounds.MAX_NAME,
    "file": bounds.MAX_LINE,
    "package": bounds.MAX_LINE,
    "abs_path": bounds.MAX_LINE,
    "address": bounds.MAX_NAME,
}


class Masker:
    """The compiled rules. Built once, used for every draft; keeps of them only what is clean."""

    def __init__(self) -> None:
        self._texts = TextMasker()
        self._clean = Clean()

    def mask(self, draft: Draft) -> int:
        """Replace secrets and personal data in place by `[rule]`, each with a remark.

        Masking twice changes nothing more. Every value stays within `models.bounds`.

        Returns:
            `rules.marks.chain_mark` of what the exceptions are now, which grouping asks for.
        """
        remarks = _Remarks(self._texts, draft.setdefault("remarks", []))
        walk = Walk(draft, remarks.add, self._clean)
        hits = self._hits(walk.texts)
        places = [walk.places[index] for index in hits]
        for place in places:
            self._mask_place(place, remarks)
        for holder, key, path, _ in places:  # keys last: until then the values are found under them
            if key is None and not _is_frame(path):
                self._mask_keys(holder, path, remarks, walk)
        self._learn(walk, hits)
        return chain_mark(draft.get("exception") or ()) if hits else walk.chain

    def mask_text(self, text: str, limit: int = bounds.MAX_MESSAGE) -> str:
        """One text masked by the same rules."""
        return self._texts.mask(text, code=False, limit=limit, found={})

    def _hits(self, texts: list[str]) -> list[int]:
        """The texts that some gate hits, found in one scan over all of them together."""
        data = "\0".join(texts).encode(errors="replace")
        search = self._texts.any_gate.search
        hit = search(data)
        if hit is None:
            return []
        hits = []
        ends = list(accumulate(len(text.encode(errors="replace")) + 1 for text in texts))
        while hit is not None:
            index = bisect_right(ends, hit.start())
            hits.append(index)
            hit = search(data, ends[index]) if ends[index] < len(data) else None
        return hits

    def _learn(self, walk: Walk, hits: list[int]) -> None:
        """Remember what recurs and came out as it went in."""
        marks = walk.marks
        found = len(marks)
        for index in hits:
            holder, key, *_ = walk.places[index]
            walk.keyed.pop(index, None)
            if index in marks and marks[index] != (frame_mark(holder) if key is None else hash(holder[key])):
                del marks[index]
        for mark in marks.values():
            self._clean.add_mark(mark)
        for stack in walk.stacks if len(marks) == found else ():
            self._clean.add_mark(stack)
        for holder in walk.keyed.values():
            self._clean.add_keys(holder)

    def _mask_place(self, place: Place, remarks: "_Remarks") -> None:
        holder, key, path, limit = place
        if key is not None:
            self._mask_value(holder, key, path, limit, remarks)
        elif _is_frame(path):
            for field, most in _FRAME_NAMES.items():
                if holder.get(field):
                    self._mask_value(holder, field, path, most, remarks)
            if holder.get("context"):
                self._mask_context(holder["context"], (path, "context"), remarks)

    def _mask_value(self, holder: Any, key: str | int, path: Path, limit: int, remarks: "_Remarks") -> None:
        text = holder[key]
        found: dict[str, int] = {}
        masked = self._texts.mask(text, code=False, limit=limit, found=found)
        if masked != text:
            holder[key] = masked
            remarks.add_found((path, key), found)

    def _mask_context(self, context: dict[str, Any], path: Path, remarks: "_Remarks") -> None:
        """All lines together, because a key may go over many; one by one where they would not come apart again."""
        lines = context_lines(context)
        found: dict[str, int] = {}
        text = "\n".join(lines)
        masked = self._texts.mask(text, code=True, limit=len(text) * 20, found=found).split("\n")
        if masked == lines:
            return
        if len(masked) != len(lines):
            masked = [self._texts.mask(line, code=True, limit=bounds.MAX_LINE, found=found) for line in lines]
        if masked != lines:
            _put_back(context, [line[: bounds.MAX_LINE] for line in masked])
            remarks.add_found(path, found)

    def _mask_keys(self, holder: dict[str, Any], path: Path, remarks: "_Remarks", walk: Walk) -> None:
        """Keys may be e-mail addresses or tokens, too. A new name may say of its value that it is a secret."""
        found: dict[str, int] = {}
        renamed: dict[str, Any] = {}
        for key, value in holder.items():
            name = self._texts.mask(key, code=False, limit=bounds.MAX_NAME - 5, found=found) if key else key
            unique, number = name, 1
            while unique in renamed:
                number += 1
                unique = f"{name} {number}"
            renamed[unique] = value
        if found:
            holder.clear()
            holder.update(renamed)
            remarks.add_found(path, found)
            for name in [name for name in holder if "[" in name]:
                rule = key_rule(name)
                if rule is not None:
                    walk.hide(holder, name, holder[name], rule, path)


def _is_frame(path: Path) -> bool:
    return len(path) == 2 and len(path[0]) == 2 and path[0][1] == "frames" and path[0][0][0] == ("exception",)  # noqa: PLR2004 a path is a pair


def _put_back(context: dict[str, Any], lines: list[str]) -> None:
    before = len(context.get("before") or ())
    if before:
        context["before"] = lines[:before]
    if context.get("line") is not None:
        context["line"] = lines[before]
        before += 1
    if context.get("after"):
        context["after"] = lines[before:]


class _Remarks:
    """The draft's remarks, at most MAX_REMARKS; their paths are masked as well."""

    def __init__(self, texts: TextMasker, remarks: list[dict[str, Any]]) -> None:
        self._texts = texts
        self._remarks = remarks

    def add(self, path: Path, rule: str, value: Any) -> None:
        self.add_found(path, {rule: len(value if isinstance(value, str) else str(value))})

    def add_found(self, path: Path, found: dict[str, int]) -> None:
        if path[0] and path[0][0] == ("remarks",):
            return
        text = self._texts.mask_path(render(path)[: bounds.MAX_LINE])
        for rule, length in found.items():
            if len(self._remarks) < bounds.MAX_REMARKS:
                self._remarks.append({"path": text, "rule": rule, "length": length})
