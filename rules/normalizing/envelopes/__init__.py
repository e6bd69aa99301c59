"""What is wrapped around records of other formats by those who carry them: one module a kind of carrier.

A wrapper is opened into what lies within, of whatever format, and what the wrapper knows about it. Wrappers may lie
within each other. Nothing is read here: `rules.normalizing.reading` reads what was opened.
"""

from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.envelopes.filling import fill, joined
from rules.normalizing.envelopes.headers import dead_letter, told_by_headers
from rules.normalizing.envelopes.lines import stripped
from rules.normalizing.envelopes.registry import envelope_of
from rules.normalizing.envelopes.syslog_lines import opened_syslog

__all__ = [
    "Envelope",
    "Opened",
    "dead_letter",
    "envelope_of",
    "fill",
    "joined",
    "opened_syslog",
    "stripped",
    "told_by_headers",
]
