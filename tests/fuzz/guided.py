"""The process that libFuzzer drives: see `tests.fuzz.run`. Its arguments are libFuzzer's."""

import sys

import atheris

with atheris.instrument_imports(include=["rules"]):
    from tests.fuzz.target import try_record

atheris.Setup(sys.argv, try_record)
atheris.Fuzz()
