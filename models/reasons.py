"""Why a record is not an occurrence: every way out of the pipeline has a name here and is counted by it."""

from enum import StrEnum

__all__ = ["DeadReason", "DropReason"]


class DeadReason(StrEnum):
    """Why a record went to the dead-letter topic. It can be replayed after a fix."""

    EMPTY = "empty"  # no value, or only white space
    TOO_LARGE = "too_large"  # above the size that is parsed at all
    INVALID_JSON = "invalid_json"  # begins like JSON, is none, and holds no readable text either
    NO_ERROR = "no_error"  # an object with neither a message nor a type
    NOT_TEXT = "not_text"  # binary, or a scalar
    NO_RELEASE = "no_release"  # of the topic of releases: it names no service or no release
    NO_TRAFFIC = "no_traffic"  # of the topic of traffic: it names no service, no number of requests or no time
    NO_CHECK_IN = "no_check_in"  # of the topic of check-ins: it names no monitor or no status
    NO_FEEDBACK = "no_feedback"  # of the topic of feedback: it says nothing
    REFUSED = "refused"  # the store refused this one record, alone
    UNWRITABLE = "unwritable"  # in the gateway: the brokers refuse it, as too large for its topic or invalid
    NO_TOPIC = "no_topic"  # in the gateway: what it kept is for a topic that it does not know


class DropReason(StrEnum):
    """Why a readable record was passed over on purpose."""

    DUPLICATE = "duplicate"  # its event id is stored already: a producer's retry
    NOT_AN_ERROR = "not_an_error"  # telemetry of another kind: a span without an exception, a session
    JOINED = "joined"  # a line of a stack trace that is stored with the trace's first line
    BELOW_LEVEL = "below_level"  # not an error: its severity is below the configured level
    FILTERED = "filtered"  # a filter rule says that it is not worth storing
    SAMPLED = "sampled"  # a filter rule keeps only a share of its like
