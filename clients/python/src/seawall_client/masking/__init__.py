"""Masking on the program's own machine: secrets and personal data are replaced by `[rule]` before anything is sent.

`keys` tells secrets by the name that they stand under, `texts` by their own form, `events` walks an event.
The set is compact: Seawall masks again, and more, before it stores anything.
"""
