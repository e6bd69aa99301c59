"""CODEOWNERS: whose code a file is. In both dialects that there are, the last pattern that fits decides.

GitHub's: https://docs.github.com/articles/about-code-owners
GitLab's, with sections: https://docs.gitlab.com/user/project/codeowners/reference/
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from rules.enriching.lines import MAX_LINES, LineProblem, words
from rules.enriching.patterns import key_of, keys_in, path_pattern
from rules.searching import finder

__all__ = ["CodeOwners", "Ownership", "Syntax", "parse_codeowners"]

Syntax = Literal["github", "gitlab"]

_SECTION = re.compile(r"\^?\[([^\]\n]{1,200})\](?:\[\d{1,3}\])?")
_OWNER = re.compile(r"@@?[\w./-]{1,200}|[^\s@]{1,100}@[^\s@]{1,100}")
_KNOWN = 10_000  # paths remembered


class Ownership(NamedTuple):
    """Who owns a file, and which lines say so."""

    owners: tuple[str, ...]
    rule: str


class _Rule(NamedTuple):
    pattern: str
    fits: Callable[[str], bool]
    key: str  # what a path must have for the pattern to fit
    section: str
    owners: tuple[str, ...]
    excluded: bool  # `!`: nobody of its section, whatever else fits


class CodeOwners:
    """One file, to be asked about paths."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for index, rule in enumerate(rules):
            self._by_key[rule.key].append(index)
        self._known: dict[str, Ownership | None] = {}

    def of(self, path: str) -> Ownership | None:
        """Who owns the file at a path of the repository, without a slash before it; None: nobody."""
        if path not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: str) -> Ownership | None:
        """Each section has its last pattern that fits; GitHub's files are one section."""
        decided: dict[str, _Rule] = {}
        excluded: set[str] = set()
        candidates = {index for key in keys_in(path) for index in self._by_key.get(key, ())}
        for index in sorted(candidates, reverse=True):
            rule = self._rules[index]
            if (rule.excluded or rule.section not in decided) and rule.fits(path):
                if rule.excluded:
                    excluded.add(rule.section)
                else:
                    decided[rule.section] = rule
        chosen = [rule for section, rule in sorted(decided.items()) if section not in excluded and rule.owners]
        owners = dict.fromkeys(owner for rule in chosen for owner in rule.owners)
        return Ownership(tuple(owners), "; ".join(rule.pattern for rule in chosen)) if chosen else None


def parse_codeowners(text: str, syntax: Syntax | None = None) -> tuple[CodeOwners, list[LineProblem]]:
    """A file's text, and the lines of it that cannot be read and are left out.

    Args:
        text: the file.
        syntax: its dialect; None: GitLab's where it has sections.
    """
    lines = text.splitlines()
    if syntax is None:
        syntax = "gitlab" if any(_SECTION.match(line.strip()) for line in lines) else "github"
    reader = _Reader(syntax)
    rules = list(reader.rules(lines))
    return CodeOwners(rules), reader.problems


class _Reader:
    def __init__(self, syntax: Syntax) -> None:
        self.problems: list[LineProblem] = []
        self._gitlab = syntax == "gitlab"
        self._section = ""
        self._defaults: tuple[str, ...] = ()

    def rules(self, lines: Sequence[str]) -> Iterator[_Rule]:
        for number, line in enumerate(islice(lines, MAX_LINES), 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if self._gitlab and (match := _SECTION.match(text)):
                self._section = match[1].strip().lower()  # those of one name are one
                self._defaults = self._owners(number, words(text[match.end() :]))
            elif rule := self._rule(number, text):
                yield rule
        if len(lines) > MAX_LINES:
            self.problems.append(LineProblem(MAX_LINES + 1, f"more than {MAX_LINES:,} lines: the rest is left out"))

    def _rule(self, number: int, text: str) -> _Rule | None:
        pattern, *rest = words(text)
        excluded = pattern.startswith("!")
        if excluded and not self._gitlab:
            self.problems.append(LineProblem(number, "`!` means nothing in GitHub's files"))
            return None
        owners = self._owners(number, rest)
        spelled = path_pattern(pattern.removeprefix("!"), gitlab=self._gitlab)
        try:
            fits = finder(spelled)
        except ValueError:
            self.problems.append(LineProblem(number, f"`{pattern[:60]}` cannot be read"))
            return None
        key = key_of(pattern.removeprefix("!"))
        return _Rule(pattern, fits, key, self._section, owners or self._defaults, excluded)

    def _owners(self, number: int, given: Sequence[str]) -> tuple[str, ...]:
        owners = []
        for word in given:
            if word.startswith("#"):
                break
            if _OWNER.fullmatch(word):
                owners.append(word)
            else:
                self.problems.append(
                    LineProblem(number, f"`{word[:60]}` is no owner: @user, @team or an e-mail address")
                )
        return tuple(owners)
