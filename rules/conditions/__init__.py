"""Conditions: one language for every `when:` of the rule file, CEL (https://cel.dev).

Google's own library reads an expression and checks it against ErrorEvent's fields; what it checked is then translated
into functions that read a draft as it is, which is many times faster than handing every event over to the library.
"""

from rules.conditions.condition import Condition
from rules.conditions.problem import ConditionError

__all__ = ["Condition", "ConditionError"]
