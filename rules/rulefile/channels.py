"""Names of channels: a kind and a target, such as `slack:#payments`."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["CHANNEL_KINDS", "ChannelName", "known_channel"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # https://www.itu.int/rec/T-REC-E.164
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


def _anything(target: str) -> bool:
    return bool(target.strip())


def _name(target: str) -> bool:
    return _NAME.fullmatch(target) is not None


def _number(target: str) -> bool:
    return _NUMBER.fullmatch(target) is not None


def _addresses(target: str) -> bool:
    return all(_ADDRESS.fullmatch(address.strip()) for address in target.split(","))


# Of each kind: whether a target is one, an example, and what it should be in words.
_TARGETS: Mapping[str, tuple[Callable[[str], bool], str, str]] = {
    "slack": (_anything, "#alerts", "a channel"),
    "pagerduty": (_anything, "default", "a service"),
    "email": (_addresses, "oncall@shop.example", "an address, or several with commas between them"),
    "teams": (_name, "payments", "a name in SEAWALL_TEAMS_WEBHOOKS"),
    "googlechat": (_name, "payments", "a name in SEAWALL_GOOGLECHAT_WEBHOOKS"),
    "opsgenie": (_name, "default", "a name in SEAWALL_OPSGENIE_API_KEYS"),
    "victorops": (_name, "payments", "a routing key"),
    "webhook": (_name, "ops", "a name in SEAWALL_WEBHOOKS"),
    "alertmanager": (_name, "default", "a name in SEAWALL_ALERTMANAGER_URLS"),
    "sms": (_number, "+4930123456", "a number in the international form"),
    "voice": (_number, "+4930123456", "a number in the international form"),
    "apprise": (_name, "phones", "a name in SEAWALL_APPRISE_URLS"),
}
CHANNEL_KINDS = tuple(_TARGETS)


def known_channel(name: str) -> str:
    """The name, where it is one of a channel. Raises ValueError, which says what is wrong with it."""
    kind, colon, target = name.partition(":")
    if kind not in CHANNEL_KINDS:
        near = get_close_matches(kind, CHANNEL_KINDS, 1)
        listed = f"{', '.join(CHANNEL_KINDS[:-1])} and {CHANNEL_KINDS[-1]}"
        hint = f"did you mean `{near[0]}:{target}`?" if near else f"there are {listed}"
        msg = f"`{name}`: there is no channel of kind `{kind}`; {hint}"
        raise ValueError(msg)
    fits, example, words = _TARGETS[kind]
    if not colon or not target.strip():
        msg = f"`{name}` names no target; write such as `{kind}:{example}`"
        raise ValueError(msg)
    if not fits(target):
        msg = f"`{name}`: the target should be {words}, such as `{kind}:{example}`"
        raise ValueError(msg)
    return name


ChannelName = Annotated[
    str,
    AfterValidator(known_channel),
    Field(
        max_length=200,
        json_schema_extra={
            "pattern": rf"^({'|'.join(CHANNEL_KINDS)}):\S",
            "examples": ["slack:#ops", "email:oncall@shop.example", "teams:payments"],
        },
    ),
]
"""A channel as routes name it."""
