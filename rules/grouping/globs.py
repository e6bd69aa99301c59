"""Globs, as Sentry's rules have them, to regular expressions for RE2: linear on any text.

https://docs.sentry.io/concepts/data-management/event-grouping/stack-trace-rules/
"""

import re

import re2

__all__ = ["MAX_GLOB", "glob_pattern", "is_glob"]

MAX_GLOB = 500  # characters

_QUIET = re2.Options()
_QUIET.log_errors = False

_SPECIAL = re.compile(r"[*?\[{\\]")


def is_glob(glob: str) -> bool:
    """Whether it stands for more than one text."""
    return _SPECIAL.search(glob) is not None


def glob_pattern(glob: str, *, path: bool = False) -> str:
    r"""A regular expression for the whole text.

    `*` is any text, `?` any character, `[ab]` and `[!ab]` one of some or none of them, `{a,b}` either, `\*` a star.
    In a path `*` and `?` end at a `/`, and `**` does not, and letter case does not count. The text must begin with a
    `/`, which the glob need not.

    Raises:
        ValueError: a bracket is not closed or holds no range, or the glob is too long.
    """
    if len(glob) > MAX_GLOB:
        msg = f"a pattern of {len(glob)} characters is too long: at most {MAX_GLOB}"
        raise ValueError(msg)
    made = _translated(glob, "[^/]" if path else ".")
    if path and not glob.startswith("/"):
        made = f"/?(?:{made})"
    made = f"(?{'is' if path else 's'}){made}"
    try:
        re2.compile(made, _QUIET)
    except re2.error:
        msg = f"`{glob}` is no pattern: what stands between `[` and `]` goes from low to high"
        raise ValueError(msg) from None
    return made


def _translated(glob: str, one: str) -> str:
    made: list[str] = []
    at, braces = 0, 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "*":
            double = glob[at : at + 1] == "*"
            at += double
            made.append(".*" if double else f"{one}*")
        elif char == "?":
            made.append(one)
        elif char == "[":
            piece, at = _class(glob, at)
            made.append(piece)
        elif char == "{":
            braces += 1
            made.append("(?:")
        elif char == "}" and braces:
            braces -= 1
            made.append(")")
        elif char == "," and braces:
            made.append("|")
        else:
            if char == "\\" and at < len(glob):
                char = glob[at]
                at += 1
            made.append(re.escape(char))
    if braces:
        msg = f"`{glob}` has a `{{` without its `}}`"
        raise ValueError(msg)
    return "".join(made)


def _class(glob: str, at: int) -> tuple[str, int]:
    """`[…]`, of which the first bracket is read; and where it ends."""
    end = glob.find("]", at + 1 + glob.startswith("!", at))
    if end < 0:
        msg = f"`{glob}` has a `[` without its `]`; write `\\[` for the character"
        raise ValueError(msg)
    inside = glob[at:end]
    negated = inside[:1] in ("!", "^")
    chars = inside[negated:].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
    return f"[{'^' if negated else ''}{chars}]", end + 1
