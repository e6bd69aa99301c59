"""The built-in rules that know secrets and personal data by their own form, by what they are about.

`all_rules` lists them in the order in which they are applied, but for `documents` and `headers`, which go before keys.
Nothing here knows of drafts, paths or settings.
"""

from rules.masking.builtin import clouds, commands, identities, money, network, people, urls, vendors
from rules.masking.rule import ValueRule

__all__ = ["all_rules"]


def all_rules() -> tuple[ValueRule, ...]:
    """What is more certain goes before what is less."""
    return (
        *commands.RULES,
        *clouds.RULES,
        *vendors.RULES,
        *urls.RULES,
        *people.RULES,
        *money.RULES,
        *identities.RULES,
        *network.RULES,
    )
