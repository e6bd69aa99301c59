"""Frozen models and wire formats: what an error event is and what agents say to each other.

No I/O, no clock, no logging, and no import of any other package of ours.
"""
