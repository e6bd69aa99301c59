"""Secrets and personal data taken out of a draft before anything else looks at it.

`Masker` is the contract. What lives here decides by a value's key and by its text; it never sees a store or a channel.
"""

from rules.masking.masker import Masker

__all__ = ["Masker"]
