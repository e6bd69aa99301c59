"""One text's turn: which rules are off where it lies, what was changed in it, and by which method."""

from collections.abc import Callable, Container

from rules.masking.methods import Methods

__all__ = ["Step", "Turn"]


class Turn:
    """`code` says whether the text is source code; `changes` holds a rule and a length for every change.

    `safe_keys`, in lower case, are keys whose values are no secrets, whatever they are called.
    """

    __slots__ = ("_methods", "_off", "changes", "code", "safe_keys")

    def __init__(
        self, methods: Methods, *, code: bool = False, off: Container[str] = (), safe_keys: Container[str] = ()
    ) -> None:
        """Leave out the rules in `off`."""
        self.code = code
        self.safe_keys = safe_keys
        self.changes: list[tuple[str, int]] = []
        self._methods = methods
        self._off = off

    def put(self, rule: str, secret: str) -> str:
        """What takes the secret's place; the secret as it is where there is nothing to be done."""
        if not secret or rule in self._off or self._methods.is_done(secret):
            return secret
        made = self._methods.apply(rule, secret)
        if made != secret:
            self.changes.append((rule, len(secret)))
        return made


Step = Callable[[str, Turn], str]
"""One rule, or several that look for the same, applied to a text."""
