"""The keyed agents dedupe, rates and escalate: which pure functions over which topics and tables."""

from models.wire import Alert, Combined, RateDelta, Signal
from rules import deduping, escalating, rating
from streams.job import Job
from streams.keyed_agent import KeyedStage

__all__ = ["dedupe_stage", "escalate_stage", "rates_stage"]
