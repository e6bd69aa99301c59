"""The processes of `seawall up`: the embedded servers, and the job's own programs kept alive beside them.

One file a noun: a child, its back-off, its log, its plan; the supervisor puts them together. What the children do is
not known here: each is a `seawall` command.
"""
