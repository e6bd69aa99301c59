"""Side effects: PostgreSQL, Slack, PagerDuty. Each stands behind the small contract of `sinks.contract`.

Sinks know `models` and vendors; they never decide anything that belongs to `rules`.
"""
