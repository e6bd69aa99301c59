"""Python's collector of reference cycles, set for a process that makes and drops thousands of objects a second.

With Python's own settings it looks through all that lives, imports and tables included, several times a second: a
sixth of a worker's CPU. Hardly anything of ours is in cycles; what is, is still found.
"""

import gc

__all__ = ["settle"]

YOUNG = 50_000  # objects made and not dropped until the youngest are looked through: the events of a few parts
MIDDLE, OLD = 10, 10  # rounds of one generation to a round of the next


def settle() -> None:
    """Leave what lives now alone for ever, and look through the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
