"""Pure decisions: (state, event, now) -> (state, decision).

No I/O, no clock, no randomness, no logging, no settings: whatever is needed comes in as an argument.
"""
