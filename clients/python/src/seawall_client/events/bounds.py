"""The schema's bounds, in characters and items. What is larger is cut here, so that it is not sent only to be cut."""

__all__ = [
    "MAX_CHAIN",
    "MAX_CONTEXT_LINES",
    "MAX_EVENT_BYTES",
    "MAX_EXCEPTIONS",
    "MAX_FINGERPRINT_PARTS",
    "MAX_FRAMES",
    "MAX_LINE",
    "MAX_LOCALS",
    "MAX_LOCAL_TEXT",
    "MAX_MESSAGE",
    "MAX_NAME",
    "MAX_NOTES",
    "MAX_STACK_TEXT",
    "MAX_TAGS",
    "MAX_TAG_VALUE",
]

MAX_NAME = 200
MAX_MESSAGE = 8_192
MAX_LINE = 1_024
MAX_STACK_TEXT = 65_536
MAX_EXCEPTIONS = 20
MAX_FRAMES = 100
MAX_CONTEXT_LINES = 10
MAX_TAGS = 100
MAX_TAG_VALUE = 500
MAX_FINGERPRINT_PARTS = 20
# Ours.
MAX_CHAIN = 1_000  # exceptions that are looked at, to keep both ends of a chain
MAX_NOTES = 20
MAX_LOCALS = 50  # of one frame
MAX_LOCAL_TEXT = 300
MAX_EVENT_BYTES = 500_000  # as JSON; brokers take 1 MB unless they are told otherwise
