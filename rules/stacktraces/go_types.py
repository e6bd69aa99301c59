"""Types of the errors that Go's runtime panics with, which it does not print: as error trackers name them.

https://github.com/golang/go/blob/master/src/runtime/error.go, https://github.com/golang/go/blob/master/src/runtime/panic.go
"""

__all__ = ["type_of_panic"]

_RUNTIME = "runtime error: "
_PLAIN = ("assignment to entry in nil map", "close of closed channel", "close of nil channel", "send on closed channel")


def type_of_panic(value: str) -> str:
    """The type by the message; `panic` where the program threw something of its own."""
    if value.startswith(_RUNTIME):
        return "runtime.boundsError" if "out of range" in value else "runtime.errorString"
    if value.startswith("interface conversion: "):
        return "*runtime.TypeAssertionError"
    return "runtime.plainError" if value.startswith(_PLAIN) else "panic"
