"""What the thread that failed makes of it: all that may be gone a moment later, and nothing else."""

from __future__ import annotations

from typing import Any

from seawall_client.events.chains import Raised

__all__ = ["Draft"]


class Draft:
    """An event that is not finished.

    fields: what the event says besides its exceptions, under the schema's names.
    raised: the exceptions, the first cause first.
    error: an exception that could not be read on its own thread, for want of stack or memory; read when sent.
    weight: roughly the bytes that it holds.
    """

    __slots__ = ("error", "fields", "raised", "weight")

    def __init__(
        self,
        fields: dict[str, Any],
        raised: list[Raised] | None = None,
        error: BaseException | None = None,
        weight: int = 2_000,
    ) -> None:
        self.fields = fields
        self.raised = raised
        self.error = error
        self.weight = weight

    def has_raised(self) -> bool:
        """Whether its exceptions are of our making."""
        return bool(self.raised) or self.error is not None
