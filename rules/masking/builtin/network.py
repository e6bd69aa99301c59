"""Addresses of machines: MAC, and IP where it is switched on."""

import re
from ipaddress import ip_address

from rules.masking.rule import APART, by_form

__all__ = ["RULES"]

_NOBODY = frozenset({"000000000000", "ffffffffffff"})


def _device(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    return re.sub(r"[:\-.]", "", match[0]).lower() not in _NOBODY


def _is_address(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    """Whether it is one of a machine elsewhere: `127.0.0.1` and `::` are nobody's."""
    try:
        address = ip_address(match[0])
    except ValueError:  # a time, a version, a scope of C++
        return False
    return not (address.is_loopback or address.is_unspecified)


RULES = (
    by_form(
        "mac",
        r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}",
        APART + r"(?<!:)(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"
        r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w\-]|[:.][0-9A-Fa-f])",
        _device,
    ),
    by_form(
        "ip",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f:]{2}:[0-9A-Fa-f]",
        r"(?<![\w.\-])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w\-]|\.\d)|(?<!:)(?=[0-9A-Fa-f:.]{3,45}(?![\w:]))(?=[^\s]{0,40}\d)"
        r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:]))",
        _is_address,
    ),
)
