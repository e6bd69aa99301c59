"""The rule file: its schema, and loading it with every problem named by line and column.

No file is read here but the built-in rules, which are part of the code: the text comes in as an argument.
"""

from rules.rulefile.document import Source
from rules.rulefile.loading import load, load_all, load_default
from rules.rulefile.model import RuleFile, ThresholdRule
from rules.rulefile.problems import Problem, RuleFileError

__all__ = ["Problem", "RuleFile", "RuleFileError", "Source", "ThresholdRule", "load", "load_all", "load_default"]
