"""How the exceptions of a Python traceback hang together."""

from rules.stacktraces.parsed import Thrown, in_order

__all__ = ["LINKS", "Chain"]

LINKS = {
    "During handling of the above exception, another exception occurred:": "context",
    "The above exception was the direct cause of the following exception:": "cause",
}


class Chain:
    """Exceptions as they are printed: causes before effects, a group before its members, which are drawn deeper.

    link: what the next exception says of the one before it, or `member`.
    """

    def __init__(self) -> None:
        self.link: str | None = None
        self._all: list[Thrown] = []
        self._levels: list[tuple[int, Thrown, Thrown | None]] = []  # margin, the last one at it, and their group

    def __len__(self) -> int:
        return len(self._all)

    def add(self, thrown: Thrown, margin: int) -> None:
        """Take the next exception, drawn at a margin."""
        levels, link, self.link = self._levels, self.link, None
        self._all.append(thrown)
        while len(levels) > 1 and levels[-1][0] > margin:
            levels.pop()
        group = None
        if levels and margin > levels[-1][0] and link == "member":
            group = levels[-1][1]
            group.is_group = True
            levels.append((margin, thrown, group))
        elif levels:
            _, before, group = levels.pop()
            levels.append((margin, thrown, group))
            if link != "member":
                before.parent, before.relation = thrown, link
        else:
            levels.append((margin, thrown, None))
        if group is not None:
            thrown.parent, thrown.relation = group, "member"

    def add_first(self, thrown: Thrown, link: str) -> None:
        """Take an exception that stands above all others."""
        thrown.parent, thrown.relation = self._all[0], link
        self._all.insert(0, thrown)

    def extend_value(self, more: str) -> None:
        """Add lines to the last exception's message."""
        last = self._all[-1]
        last.value = f"{last.value or ''}\n{more}".rstrip()

    def ordered(self) -> list[Thrown]:
        """All of them, each behind its causes and members."""
        return in_order(self._all)
