"""Whether a pattern is found in a text, by RE2: linear in the text, whatever the pattern and the text are."""

from collections.abc import Callable
from typing import Final

import re2

__all__ = ["MEMORY", "finder"]

MEMORY: Final = 1 << 20  # bytes that one compiled pattern may take, where nothing else is said


def finder(pattern: str, *, memory: int = MEMORY) -> Callable[[str], bool]:
    """A function that tells whether the pattern is found in a text. What is no character in it is taken as `?`.

    Raises:
        ValueError: RE2 cannot read the pattern, or it takes more memory; the text says what is wrong with it.
    """
    options = re2.Options()
    options.max_mem, options.log_errors = memory, False
    try:
        search = re2.compile(pattern.encode(errors="replace"), options).search  # texts of bytes need no translation
    except re2.error as problem:
        said = problem.args[0] if problem.args else "it cannot be read"
        raise ValueError(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from None
    return lambda text: search(text.encode(errors="replace")) is not None
