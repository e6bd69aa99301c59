"""Values replaced whole, because of the key that they stand under."""

import re
from typing import Any

from rules.masking.keys import KeyRule
from rules.masking.profile import Path, Profile
from rules.masking.remarks import Remarks

__all__ = ["Hider"]

_SCALARS = (str, int, float)
_VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,6}){1,3}(?:[-+.][A-Za-z0-9.]{1,20})?")


class Hider:
    """Replaces values in one draft, each with a remark."""

    def __init__(self, profile: Profile, remarks: Remarks) -> None:
        """Do as `profile` says."""
        self._profile = profile
        self._remarks = remarks
        self._removed: list[tuple[dict[str, Any], str]] = []

    def hide(self, holder: Any, key: str | int, value: Any, rule: KeyRule, path: Path) -> bool:
        """Replace the value under a secret key, whatever it is; False where there is nothing to hide."""
        if value is None or value is True or value is False or value in ("", [], {}):
            return False
        name, check = rule
        if check is not None and not (isinstance(value, _SCALARS) and check(str(value))):
            return False
        if type(value) is str and (self._profile.methods.is_done(value) or _is_harmless(value, name)):
            return False
        return self.put(holder, key, value, name, path)

    def put(self, holder: Any, key: str | int, value: Any, rule: str, path: Path) -> bool:
        """Replace the value by what the rule's method makes of it; False where the rule is off there."""
        if rule in self._profile.off_at((path, key)):
            return False
        text = value if isinstance(value, str) else str(value)
        methods = self._profile.methods
        made = methods.apply(rule, text) if isinstance(value, _SCALARS) else f"[{rule}]"
        if made == value:
            return False
        holder[key] = made
        if methods.removes(rule):
            self._remove(holder, key)
        self._remarks.add((path, key), [(rule, len(text))])
        return True

    def _remove(self, holder: Any, key: str | int) -> None:
        """An object loses its key once it is no longer walked over; a list keeps its length."""
        if isinstance(holder, dict):
            holder[key] = ""
            self._removed.append((holder, str(key)))
        else:
            holder[key] = None

    def finish(self) -> None:
        """Take out the keys of what was removed."""
        for holder, key in self._removed:
            holder.pop(key, None)
        self._removed.clear()


def _is_harmless(value: str, rule: str) -> bool:
    """A folder (`PWD=/srv/app`), or the version of a library that is called after what it is for."""
    if rule == "password":
        return value[0] == "/" and value.count("/") > 1
    return value[0] in "v0123456789" and _VERSION.fullmatch(value) is not None
