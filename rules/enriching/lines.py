"""Files that are read line by line: what is wrong with one of them, and the words of a line."""

import re
from typing import NamedTuple

__all__ = ["MAX_LINES", "LineProblem", "words"]

MAX_LINES = 20_000  # of one file; what comes after them is said to be too much

_WORD = re.compile(r'(?:"[^"\n]{0,500}"|[^\s\\"]|\\.|"){1,1000}')


class LineProblem(NamedTuple):
    """What is wrong with a line, from 1."""

    line: int
    message: str


def words(line: str) -> list[str]:
    r"""What stands between white space. `\ ` is a space within a word, as is one between double quotes."""
    return _WORD.findall(line)
