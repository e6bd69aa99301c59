"""The gateway: errors of everything that speaks HTTP, written to the errors topic as their senders wrote them.

`server` is the ASGI application, `protocols/` reads what a sender's protocol says and words the answer, `publishing`
writes to Kafka. Nothing is normalized here: that is the job's work. Must not import `streams`.
"""
