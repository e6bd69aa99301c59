"""Where an address is, from a MaxMind database's record: https://dev.maxmind.com/geoip/docs/databases/city-and-country."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

__all__ = ["Find", "Place", "place_finder"]

Find = Callable[[str], Any]
"""An address to its record in the database; None where it has none. May raise ValueError."""

Place = dict[str, str]
"""`country` and `continent` as codes, `region` and `city` in English; what is not known is left out."""

_REMEMBERED = 10_000  # addresses
_LONGEST = 200  # characters of a name


def place_finder(find: Find) -> Callable[[str], Place]:
    """A function from an address, as a text, to its place; empty where nothing is known."""

    @lru_cache(maxsize=_REMEMBERED)
    def place(address: str) -> Place:
        try:
            if not ip_address(address).is_global:
                return {}
            record = find(address)
        except ValueError:  # no address, or one of a kind that the database does not hold
            return {}
        return _place(record) if isinstance(record, dict) else {}

    return place


def _place(record: Mapping[str, Any]) -> Place:
    regions = record.get("subdivisions")
    names = {
        "continent": _code(record.get("continent"), "code"),
        "country": _code(record.get("country") or record.get("registered_country"), "iso_code"),
        "region": _name(regions[0]) if isinstance(regions, list) and regions else None,
        "city": _name(record.get("city")),
    }
    return {name: value for name, value in names.items() if value}


def _code(part: Any, key: str) -> str | None:
    value = part.get(key) if isinstance(part, dict) else None
    return value[:_LONGEST] if isinstance(value, str) else None


def _name(part: Any) -> str | None:
    names = part.get("names") if isinstance(part, dict) else None
    return _code(names, "en")
