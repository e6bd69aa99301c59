"""From drafts to where they are kept for good.

`pump` is the one thread; `courier` decides between sending, waiting, the spool and giving up; `http` and `kafka` are
the two ways out, behind `contract`; `spool` and `segment` are the disk.
"""
