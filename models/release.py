"""A release of a service, as it was made known."""

import msgspec

__all__ = ["MAX_COMMITS", "MAX_RELEASE", "MAX_SUBJECT", "MAX_URL", "MIN_COMMIT", "Commit", "Release"]

MAX_RELEASE = 200  # characters of a release, service, environment or author
MAX_URL = 1_024
MAX_SUBJECT = 200  # the first line of a commit's message
MIN_COMMIT = 7  # characters of a commit's id: fewer may be those of another
MAX_COMMITS = 1_000  # of one release; the newest are kept


class Commit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One commit of a release."""

    id: str  # hexadecimal, lower case; 7 characters at least
    subject: str = ""
    author: str = ""  # a name; addresses are not kept
    at: float | None = None  # epoch seconds


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A release of one service in one environment."""

    service: str
    release: str  # as errors name it
    environment: str = ""  # "": whatever environment
    at: float  # when it was released, epoch seconds
    commit: str | None = None  # what it was built from
    previous: str | None = None  # the release before it
    url: str | None = None  # where it is told of
    author: str | None = None  # who released it: a name
    commits: tuple[Commit, ...] = ()  # what is new in it, the newest first

    def holds(self, commit: str) -> bool:
        """Whether a commit is known to be new in it. Abbreviated ids are as good as whole ones."""
        mine = [one.id for one in self.commits]
        if self.commit:
            mine.append(self.commit)
        wanted = commit.lower()
        return len(wanted) >= MIN_COMMIT and any(one.startswith(wanted) or wanted.startswith(one) for one in mine)
