"""The rule file as a command reads it."""

from pathlib import Path

from rules.rulefile import RuleFile, RuleFileError, load, load_default
from seawall.errors import SettingsError

__all__ = ["rules_in_force"]


def rules_in_force(path: Path, *, given: bool = False) -> RuleFile:
    """The rules of a file; the built-in ones where there is none.

    Args:
        path: the file.
        given: a person named it, so that it must be there.

    Raises:
        SettingsError: the file cannot be read, or is wrong; a line each problem.
    """
    if not given and not path.exists():
        return load_default()
    try:
        return load(path.read_text(encoding="utf-8"), str(path))
    except RuleFileError as error:
        raise SettingsError(*error.lines()) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or 'cannot be read'}") from error
