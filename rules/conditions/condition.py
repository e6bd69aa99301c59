"""One condition of the rule file, ready to be asked about drafts."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rules.conditions.checking import check
from rules.conditions.needing import Needs, needs_of
from rules.conditions.scope import Scope
from rules.conditions.translating import Translated, translate

__all__ = ["Condition"]


class Condition:
    """A CEL expression about an event.

    Fields that an event lacks are empty: `""`, 0, false, an empty list, null where any type may stand.
    """

    __slots__ = ("_run", "_slots", "failures", "fields", "needs", "text")

    def __init__(self, text: str) -> None:
        """Args: text: the expression.

        Raises:
            ConditionError: it cannot be used; with its line and column within the text.
        """
        translated, self.needs = _compiled(text)
        self.text = text
        self.fields = translated.fields  # of ErrorEvent, that it looks at
        self.failures = 0  # how often it could not be answered since it was made
        self._run, self._slots = translated.run, translated.slots

    def holds(self, draft: Mapping[str, Any]) -> bool:
        """Whether it is true of a draft. What cannot be answered is false, and counted."""
        try:
            return self._run(draft, Scope(self._slots) if self._slots else None) is True
        except Exception:  # noqa: BLE001 - a value of another type than hoped for, a text that is no text, a budget spent
            self.failures += 1
            return False


@lru_cache(maxsize=1_000)  # a rule file is checked first, and used after that
def _compiled(text: str) -> tuple[Translated, Needs]:
    tree = check(text)
    return translate(tree), needs_of(tree)
