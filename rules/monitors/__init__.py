"""Jobs that run by a schedule: what their check-ins say, what is due when, what was missed.

Pure: the time is an argument. `parsing` reads records, `schedules` knows what is due, `checking_in` and `noticing`
decide, `events` words what went wrong.
"""
