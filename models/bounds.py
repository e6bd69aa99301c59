"""The bounds of an event. What is larger is cut, with a remark; nothing unbounded reaches a store or a channel.

Lengths are in characters, counts in items.
"""

__all__ = [
    "MAX_CONTEXT_LINES",
    "MAX_DEPTH",
    "MAX_EXCEPTIONS",
    "MAX_EXTRA_BYTES",
    "MAX_FINGERPRINT_PARTS",
    "MAX_FRAMES",
    "MAX_KEYS",
    "MAX_LINE",
    "MAX_MESSAGE",
    "MAX_NAME",
    "MAX_REMARKS",
    "MAX_STACK_TEXT",
    "MAX_TAGS",
    "MAX_TAG_VALUE",
    "MAX_VALUE",
]

MAX_NAME = 200  # service, environment, host, release, ids, type, function, module
MAX_MESSAGE = 8_192
MAX_LINE = 1_024  # a file path, a URL, one line of source
MAX_STACK_TEXT = 65_536
MAX_EXCEPTIONS = 20  # in a chain; the innermost and outermost are kept
MAX_FRAMES = 100  # in one exception; the ends are kept, the middle goes
MAX_CONTEXT_LINES = 10  # of source before and after the line
MAX_TAGS = 100
MAX_TAG_VALUE = 500
MAX_VALUE = 8_192  # one string inside request, extra or locals
MAX_KEYS = 200  # of one object inside request, extra or locals
MAX_DEPTH = 8  # of request, extra and locals
MAX_EXTRA_BYTES = 131_072  # of request body, extra and locals together, as JSON
MAX_FINGERPRINT_PARTS = 20
MAX_REMARKS = 100
