"""The schema's history: plain SQL, one file a step, applied in order and never changed once released.

A package only so that its files are installed with the code.
"""
