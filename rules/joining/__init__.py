"""Stack traces whose lines came as records of their own, from a shipper without multiline, put together again.

How it is used, by whoever reads batches of records in order:

1. `line_of(draft)` is the line that a draft is, or None where it cannot be one of a trace. Where no line of a batch
   `may_begin` or `may_continue`, there is nothing to join: two cheap looks at each line's first characters.
2. Otherwise all lines are given, in order, as `Line(number, source_of(draft), seconds, text, told)` to `join`. Those
   with a source of `""` stand alone. `number` is the caller's. The seconds are the record's own (Kafka's): what a line
   says may be local time. `told` says that its producer gave the line a level of warning or above (the draft's
   `severity`), so that it may introduce a trace.
3. `Joined.groups` are lists of two or more numbers that make one event; the first leads: its record stands for all.
   `Joined.open` are those whose trace may go on in later records: give their lines again, in front of what comes next,
   or call `join` with `ended=True` when nothing came for GAP seconds. What is in neither stands alone.
4. `put_together(drafts)` makes one draft of a group's drafts, for `rules.preparing.begin_drafts`.

A group holds one source's lines only, at most MAX_LINES and MAX_CHARACTERS of them, at most GAP seconds between two of
them. Lines of other sources in between change nothing. Blank lines may be missing: records without text are none.
"""

from rules.joining.drafts import line_of, put_together, source_of
from rules.joining.lines import GAP, Joined, join
from rules.joining.marks import may_begin, may_continue
from rules.joining.traces import MAX_CHARACTERS, MAX_LINES, Line

__all__ = [
    "GAP",
    "MAX_CHARACTERS",
    "MAX_LINES",
    "Joined",
    "Line",
    "join",
    "line_of",
    "may_begin",
    "may_continue",
    "put_together",
    "source_of",
]
