"""Figures: how fast the job is, where the time goes, and how that compares with others on the same machine.

`python -m benchmarks` measures everything and writes docs/benchmarks.md and reports/bench.json. Nothing here is part of
the product, and nothing here asserts: a figure that misses its goal is printed beside it.
"""
