"""The notifier: runs deliveries and the upkeep of the database, and cries when PostgreSQL is away.

`channels` builds the channels from the settings, `watchdog` looks after PostgreSQL; `seawall.notifying` runs it all.
"""
