"""Go's, Rust's and C++'s traces in shapes that no program of the fixtures writes: read whole."""

import pytest

from tests.rules.traces import chain

TRACES = [
    pytest.param(
        "2025/01/02 03:04:05 [Recovery] 2025/01/02 - 03:04:05 panic recovered:\n"
        "GET /orders/17 HTTP/1.1\n"
        "Host: shop.example\n"
        "\n"
        "runtime error: index out of range [5] with length 1\n"
        "/usr/local/go/src/runtime/panic.go:114 (0x4333db)\n"
        "\tgoPanicIndex: panic(boundsError{x: int64(x), y: y})\n"
        "/srv/shop/orders.go:34 (0x8d3a1e)\n"
        "\t(*Order).Article: return o.articles[i]\n"
        "/srv/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/context.go:174 (0x8b1c04)\n"
        "\t(*Context).Next: c.handlers[c.index](c)",
        "go",
        [
            (
                "runtime.boundsError: runtime error: index out of range [5] with length 1",
                ["(*Context).Next:174", "(*Order).Article:34", "goPanicIndex:114"],
            ),
        ],
        id="gin",
    ),
    pytest.param(
        "goroutine 7 [running]:\n"
        "runtime/debug.Stack()\n"
        "\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\n"
        "main.handle(...)\n"
        "\t/srv/shop/main.go:12\n"
        "main.main()\n"
        "\t/srv/shop/main.go:30 +0x1d",
        "go",
        [
            ("?", ["main:30", "handle:12"]),
        ],
        id="go-stack",
    ),
    pytest.param(
        "main.pay\n"
        "\t/srv/shop/pay.go:12\n"
        "main.main\n"
        "\t/srv/shop/main.go:3\n"
        "runtime.main\n"
        "\t/usr/local/go/src/runtime/proc.go:267",
        "go",
        [
            ("?", ["main:267", "main:3", "pay:12"]),
        ],
        id="go-zap",
    ),
    pytest.param(
        "thread 'main' panicked at 'no money for 17', src/main.rs:12:5\n"
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "rust",
        [
            ("panic: no money for 17", ["?:12"]),
        ],
        id="rust-old",
    ),
    pytest.param(
        "2025-01-02T03:04:05Z ERROR shop: payment failed: Error: order 17 refused\n\nCaused by:\n    no money",
        "rust",
        [
            ("cause of ?: no money", []),
            ("?: order 17 refused", []),
        ],
        id="rust-logged",
    ),
    pytest.param(
        "*** SIGSEGV (@0x0) received by PID 12 (TID 0x7f) from PID 0; stack trace: ***\n"
        "    @     0x7f1234567890 (unknown)\n"
        "    @     0x55d0c2abcdef shop::charge()\n"
        "    @     0x55d0c2abcd00 main",
        "c++",
        [
            ("SIGSEGV: SIGSEGV (@0x0) received by PID 12 (TID 0x7f) from PID 0", ["main", "shop::charge()", "?"]),
        ],
        id="glog",
    ),
    pytest.param(
        "*** SIGABRT received at time=1700000000 on cpu 1 ***\n"
        "PC: @     0x7f12  (unknown)  raise\n"
        "    @     0x55d0c2abcdef         64  shop::charge()\n"
        "    @     0x55d0c2abcd00         32  main",
        "c++",
        [
            ("SIGABRT: SIGABRT received at time=1700000000 on cpu 1", ["main", "shop::charge()"]),
        ],
        id="absl",
    ),
    pytest.param(
        " 0# shop::charge(int) at /srv/shop/shop.cpp:12\n"
        " 1# main at /srv/shop/shop.cpp:20\n"
        " 2# __libc_start_main in /lib/x86_64-linux-gnu/libc.so.6\n"
        " 3# 0x000055D0C2ABCDEF in ./shop",
        "c++",
        [
            ("?", ["?", "__libc_start_main", "main:20", "shop::charge(int):12"]),
        ],
        id="boost",
    ),
    pytest.param(
        "Process 12 (shop) of user 1000 dumped core.\n"
        "\n"
        "Stack trace of thread 12:\n"
        "#0  0x00007f1234567890 raise (libc.so.6 + 0x38d7f)\n"
        "#1  0x00007f1234567891 abort (libc.so.6 + 0x22535)\n"
        "#2  0x000055d0c2abcdef n/a (/srv/shop/shop + 0x1234)",
        "c++",
        [
            ("?", ["?", "abort", "raise"]),
        ],
        id="coredump",
    ),
    pytest.param(
        "libc++abi: terminating due to uncaught exception of type shop::RefusedError: no money",
        "c++",
        [
            ("shop::RefusedError: no money", []),
        ],
        id="libcxx",
    ),
    pytest.param(
        "==12==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
        "    #0 0x4a in charge /srv/shop/shop.cpp:12:3\n"
        "    #1 0x4b in main /srv/shop/shop.cpp:20:5\n"
        "\n"
        "SUMMARY: MemorySanitizer: use-of-uninitialized-value /srv/shop/shop.cpp:12:3 in charge\n"
        "Exiting",
        "c++",
        [
            ("MemorySanitizer.use-of-uninitialized-value: use-of-uninitialized-value", ["main:20", "charge:12"]),
        ],
        id="msan",
    ),
]


@pytest.mark.parametrize(("text", "language", "expected"), TRACES)
def test_a_trace_is_read(text: str, language: str, expected: list[tuple[str, list[str]]]) -> None:
    assert chain(text) == (language, expected)
