"""Consumers to compare with, each a program of its own: read the topic from its start, decode each record, stop.

Each is called with the brokers, the topic and the number of records, and prints one line of JSON: records, seconds and
CPU seconds from its first record to its last. Nothing is stored by any of them.
"""
