"""Real Kafka, PostgreSQL and Valkey on loopback, from Python packages and pinned jars alone.

One file a server, and what they share: processes that cannot outlive us, ports, passwords, the folder's guard. Nothing
of the job lives here: no topics, no tables, no workers. This module stays empty: `running` must import in no time.
"""
