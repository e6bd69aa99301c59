"""The event body that Sentry's SDKs send, of any age: https://develop.sentry.dev/sdk/foundations/transport/event-payloads/.

`detecting` knows it, `event` reads it, with a module for each part that has its own ways: messages, stacks, contexts
and requests. What is sent in envelopes is in `rules.normalizing.formats.sentry_envelope`.
"""

from rules.normalizing.contract import ObjectFormat
from rules.normalizing.formats.sentry.detecting import MARKS, detect
from rules.normalizing.formats.sentry.event import parse_event

__all__ = ["FORMAT", "parse_event"]

FORMAT = ObjectFormat("sentry", MARKS, detect, lambda record, remarks: [parse_event(record, remarks)])
