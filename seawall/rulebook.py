"""The rules as a command reads them."""

from pathlib import Path

from rules.rulefile import RuleFile, RuleFileError, load_default
from seawall.errors import SettingsError
from streams.rule_files import RuleFiles

__all__ = ["rules_in_force"]


def rules_in_force(path: Path, *, given: bool = False) -> RuleFile:
    """The rules of a file, of several or of a folder; the built-in ones where there is none.

    Args:
        path: as `RuleFiles` takes it.
        given: a person named it, so that it must be there.

    Raises:
        SettingsError: a file cannot be read, or is wrong; a line each problem.
    """
    files = RuleFiles(path)
    if not given and not files.exist():
        return load_default()
    try:
        return files.load()
    except RuleFileError as error:
        raise SettingsError(*error.lines()) from error
