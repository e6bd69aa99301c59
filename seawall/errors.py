"""What can go wrong around the job. Each message is one line that a person can act on."""

__all__ = [
    "AlreadyRunningError",
    "ConfirmationNeededError",
    "DownloadError",
    "EmbeddedServerError",
    "KafkaAwayError",
    "NothingRunsError",
    "PostgresAwayError",
    "SeawallError",
    "SettingsError",
    "TopicError",
]


class SeawallError(Exception):
    """The base of all: the command prints its text as one line and exits 1."""


class SettingsError(SeawallError):
    """The settings are wrong or contradict each other. `problems` has one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NothingRunsError(SeawallError):
    """A server is needed, but neither given by a setting nor started by `seawall up`."""


class KafkaAwayError(SeawallError):
    """No Kafka broker could be reached, or it did not answer in time."""


class PostgresAwayError(SeawallError):
    """PostgreSQL could not be reached, or refused us."""


class TopicError(SeawallError):
    """A topic is missing or is not as the job needs it. `problems` has one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class ConfirmationNeededError(SeawallError):
    """A change was not confirmed: the person said no, or nobody could be asked and `--yes` was not given."""


class AlreadyRunningError(SeawallError):
    """Another process of ours owns the data folder."""


class EmbeddedServerError(SeawallError):
    """An embedded server did not start, or cannot be handled; the text ends with what its log says."""


class DownloadError(SeawallError):
    """A part of the embedded servers could not be fetched, or is not what it should be."""
