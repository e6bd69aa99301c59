"""A small shop that fails, and is told to: one command a line on its standard input."""

import sys


class OutOfStockError(Exception):
    """There is no more of it."""


def reserve(text):
    raise OutOfStockError(text)


def caught(text):
    """The error as it is where somebody catches it."""
    try:
        reserve(text)
    except OutOfStockError as error:
        return error


def serve(catch, noise=lambda: None, crash=reserve):
    """Do what is said until there is no more; `crash` as the program does where nobody catches."""
    for line in sys.stdin:
        command, _, text = line.strip().partition(" ")
        if command == "catch":
            catch(text)
        elif command == "noise":
            noise()
        else:
            crash(text)
        print("done", flush=True)
