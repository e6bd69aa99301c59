"""One module a protocol: where its senders put their keys, what is a record of its bodies, how it words answers.

All pure: a request's headers, query and body in, records and an answer out.
"""
