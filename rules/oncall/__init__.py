"""Who is on call, and whom to ask next: pure decisions over the rule file's users, schedules and policies.

No clock, no store: what happened so far and the time are arguments.
"""
