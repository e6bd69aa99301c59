"""The Faust job: app, transport, topics, tables, and one file an agent. The only package that imports faust.

Agents are thin shells around pure functions of `rules`; they own their positions (see `streams.transport`).
"""
