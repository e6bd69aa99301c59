"""Users for a worker: looked up as the rules in force say, by a service that is another one when they change."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rules.rulefile import RuleFile
from sinks.user_lookup import UserLookup

if TYPE_CHECKING:
    from rules.rulefile.enriching import UserLookup as UserRules

__all__ = ["Users"]


class Users:
    """What is known of users. One a worker.

    Args:
        rules: gives what is in force of the rule file.
    """

    def __init__(self, rules: Callable[[], RuleFile]) -> None:
        self._rules = rules
        self._made: tuple[UserRules, UserLookup] | None = None

    @property
    def asked(self) -> bool:
        """Whether there is a service to ask."""
        return self._rules().enrichment.users is not None

    async def wanted(self, user_ids: Iterable[str | None]) -> dict[str, dict[str, Any]]:
        """What is known of some users, by id; of nobody where the rules name no service. Never raises."""
        rules = self._rules().enrichment.users
        if self._made is not None and self._made[0] != rules:
            (_, old), self._made = self._made, None
            await old.close()
        if rules is None:
            return {}
        if self._made is None:
            self._made = rules, UserLookup(rules.url, rules.fields, rules.timeout_ms / 1_000)
        return await self._made[1].look_up(one for one in user_ids if one)

    async def close(self) -> None:
        """Let connections go."""
        if self._made is not None:
            await self._made[1].close()
