"""From an exception to an event in the form of the error event's schema.

What has to be done while the program waits is in `draft`, `chains` and `texts`; the rest (`finishing` and what it uses)
is done on the thread that sends. Nothing here is masked yet.
"""
