"""One module a format, each with a `FORMAT` of `rules.normalizing.contract` that `rules.normalizing.registry` lists.

A module knows the spelling of its format and nothing else: sizes, masking and what all formats share are done for it.
"""
