"""What source maps are found by."""

from typing import NamedTuple

__all__ = ["MapKey"]


class MapKey(NamedTuple):
    """A debug id alone, or the address of a minified file within a release."""

    debug_id: str = ""  # 32 hex characters
    service: str = ""  # "": whatever service
    release: str = ""
    dist: str = ""
    url: str = ""  # `~` in front stands for any scheme and host
