"""Names of compiled languages without what stands in brackets: type arguments and parameters. Linear in the name."""

import re

__all__ = ["without", "without_arguments"]

_OPERATOR = re.compile(r"operator\s*(\(\)|\[\]|<=>|<<=?|>>=?|->\*?|<=?|>=?|&&|[-+*/%^&|~!=,]=?=?)")
_SIGNS = str.maketrans({
    "<": "lt", ">": "gt", "(": "call", ")": "", "[": "index", "]": "", "-": "minus", "&": "and", "*": "star",
    ",": "comma", " ": "",
})  # fmt: skip
_QUALIFIERS = re.compile(r"(?:\s(?:const|volatile|noexcept|override|throws|async|&{1,2}))+$|\s?&{1,2}$")
_SPACE = re.compile(r"\s+")


def without(name: str, opening: str, closing: str, *, keep_first: bool = False) -> str:
    """`name` without the brackets and what is in them; without an end, to the end of the name.

    Args:
        name: any text.
        opening: one character.
        closing: the one that goes with it.
        keep_first: keep those at the very beginning, without brackets within them.
    """
    if opening not in name:
        return name
    kept: list[str] = []
    depth = 0
    base = 1 if keep_first and name.startswith(opening) else 0
    for char in name:
        if char == opening:
            depth += 1
            if depth <= base:
                kept.append(char)
        elif char == closing and depth:
            if depth <= base:
                kept.append(char)
                base = 0
            depth -= 1
        elif depth <= base:
            kept.append(char)
    return "".join(kept)


def without_arguments(name: str) -> str:
    """A demangled name of C++, Rust or Swift: neither return type, template arguments nor parameters."""
    if "operator" in name:
        name = _OPERATOR.sub(lambda found: f"operator.{found[1].translate(_SIGNS)}", name)
    name = name.replace("->", "")  # return types of Rust and Swift
    name = without(name, "<", ">", keep_first=True)
    name = without(name, "(", ")")
    name = _QUALIFIERS.sub("", name)
    if "::" in name and not name.startswith("<") and " in " not in name and "operator " not in name:
        name = name.rpartition(" ")[2]  # templates are demangled with what they return
    return _SPACE.sub(" ", name).strip()
