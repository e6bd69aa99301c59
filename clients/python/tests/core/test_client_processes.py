"""Whole programs: what ends them, forks, signals, garbage collection, and their last moments."""

import os
import signal

import pytest

POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def messages(gateway):
    return sorted(event["message"] for event in gateway.events)


def test_what_ends_the_program(program, gateway):
    done = program(
        """
        import seawall_client
        seawall_client.init(service="shop")

        def main():
            raise LookupError("no such order")

        main()
        """,
        check=1,
    )
    (event,) = gateway.wait()
    assert event["severity"] == "critical"
    assert event["service"] == "shop"
    (exception,) = event["exception"]
    assert (exception["mechanism"], exception["handled"]) == ("excepthook", False)
    assert [frame["function"] for frame in exception["frames"]] == ["<module>", "main"]
    assert all(frame["in_app"] for frame in exception["frames"])
    assert "LookupError: no such order" in done.stderr_text  # Python's own word is still there


@pytest.mark.parametrize(
    ("ending", "code"),
    [("raise SystemExit(3)", 3), ("sys.exit('bye')", 1), ("os.kill(os.getpid(), signal.SIGINT)", -2)],
)
def test_what_is_no_error(program, gateway, ending, code):
    program(
        f"""
        import os, signal, sys, time
        import seawall_client
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs us in the background
        seawall_client.init()
        {ending}
        time.sleep(10)
        """,
        check=code,
    )
    assert gateway.events == []


def test_what_ends_a_thread(program, gateway):
    program(
        """
        import sys, threading
        import seawall_client
        seawall_client.init()
        threads = [
            threading.Thread(target=lambda: {}["in thread"], name="worker-7"),
            threading.Thread(target=sys.exit),
        ]
        for thread in threads:
            thread.start()
        """,
        check=0,
    )
    (event,) = gateway.wait()
    assert event["exception"][0]["mechanism"] == "threading"
    assert event["extra"]["thread"] == "worker-7"


@pytest.mark.parametrize("first", ["import asyncio", ""])
def test_what_tasks_and_callbacks_raise(program, gateway, first):
    program(
        f"""
        {first}
        import seawall_client
        seawall_client.init()
        import asyncio

        async def fail():
            raise LookupError("never asked for")

        async def main():
            task = asyncio.ensure_future(fail())
            asyncio.get_running_loop().call_soon(lambda: {{}}["in callback"])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            del task

        asyncio.run(main())
        """,
        check=0,
    )
    events = {event["exception"][0]["value"]: event for event in gateway.wait(2)}
    assert set(events) == {"never asked for", "'in callback'"}
    assert {event["exception"][0]["mechanism"] for event in events.values()} == {"asyncio"}
    assert not any(event["exception"][0]["handled"] for event in events.values())


def test_a_loop_with_a_handler_of_its_own(program, gateway):
    done = program(
        """
        import seawall_client
        seawall_client.init(hooks=())
        import asyncio

        async def main():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda loop, context: print("mine", context["exception"]))
            seawall_client.watch_loop()
            loop.call_soon(lambda: {}["x"])
            await asyncio.sleep(0.01)

        asyncio.run(main())
        """,
        check=0,
    )
    assert gateway.wait()[0]["exception"][0]["mechanism"] == "asyncio"
    assert done.stdout_text == "mine 'x'\n"


def test_what_a_destructor_raises(program, gateway):
    program(
        """
        import seawall_client
        seawall_client.init()

        class Resource:
            def __del__(self):
                raise OSError("cannot be closed")

        resource = Resource()
        del resource
        """,
        check=0,
    )
    (event,) = gateway.wait()
    assert event["exception"][0]["mechanism"] == "unraisablehook"
    assert event["extra"]["unraisable"]["in"] == "Resource.__del__"


def test_warnings_where_they_are_asked_for(program, gateway):
    done = program(
        """
        import warnings
        import seawall_client
        seawall_client.init(hooks=("warnings",))
        warnings.warn("old", FutureWarning)
        """,
        check=0,
    )
    (event,) = gateway.wait()
    assert (event["error_type"], event["severity"], event["line_number"]) == ("FutureWarning", "warning", 5)
    assert "FutureWarning: old" in done.stderr_text


def test_hooks_that_were_there_before_and_come_later_are_called(program, gateway):
    done = program(
        """
        import sys
        sys.excepthook = lambda kind, error, traceback: print("before", error)
        import seawall_client
        seawall_client.init()
        inner = sys.excepthook

        def later(kind, error, traceback):
            print("later", error)
            inner(kind, error, traceback)

        sys.excepthook = later
        {}["x"]
        """,
        check=1,
    )
    assert len(gateway.wait()) == 1
    assert done.stdout_text.split("\n")[:2] == ["later 'x'", "before 'x'"]


def test_the_end_waits_for_what_is_queued_but_not_for_ever(program, gateway):
    gateway.gate.clear()
    program(
        """
        import seawall_client
        seawall_client.init(flush_timeout=0.3)
        seawall_client.capture_message("m")
        """,
        check=0,
        timeout=20,
    )
    gateway.gate.set()


def test_the_last_moments_of_a_program(program, gateway):
    program(
        """
        import atexit
        import seawall_client
        seawall_client.init()
        atexit.register(seawall_client.capture_message, "at exit")

        class Late:
            def __del__(self):
                seawall_client.capture_message("too late")

        late = Late()
        """,
        check=0,
    )
    assert messages(gateway) == ["at exit"]


@POSIX
def test_forked_processes_send_their_own(program, gateway):
    program(
        """
        import os, sys
        import seawall_client
        client = seawall_client.init(linger=5)
        seawall_client.capture_message("parent before")
        pids = []
        for number in range(3):
            pid = os.fork()
            if pid == 0:
                seawall_client.capture_message(f"child {number}")
                assert seawall_client.flush(10)
                os._exit(0)
            pids.append(pid)
        for pid in pids:
            assert os.waitpid(pid, 0)[1] == 0
        seawall_client.capture_message("parent after")
        """,
        check=0,
    )
    assert messages(gateway) == ["child 0", "child 1", "child 2", "parent after", "parent before"]
    assert len({event["instance_id"] for event in gateway.events}) == 4


@POSIX
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing(program, gateway, method):
    program(
        """
        import multiprocessing, sys
        import seawall_client

        def work(number):
            seawall_client.init()
            seawall_client.capture_message(f"child {number}")

        if __name__ == "__main__":
            seawall_client.init()
            context = multiprocessing.get_context(sys.argv[1])
            processes = [context.Process(target=work, args=(number,)) for number in range(2)]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            with context.Pool(1) as pool:
                pool.map(work, [7])
                pool.close()
                pool.join()
        """,
        method,
        check=0,
    )
    assert messages(gateway) == ["child 0", "child 1", "child 7"]


@POSIX
def test_a_fork_while_the_thread_is_busy(program, gateway):
    """The copy of a lock that a thread held would never be opened in the child."""
    program(
        """
        import os
        import seawall_client
        client = seawall_client.init(linger=0, max_per_second=1e9, queue_size=10_000)
        for number in range(30):
            for _ in range(20):
                seawall_client.capture_message("parent")
            pid = os.fork()
            if pid == 0:
                seawall_client.capture_message("child")
                os._exit(0 if seawall_client.flush(20) else 1)
            assert os.waitpid(pid, 0)[1] == 0
        """,
        check=0,
    )
    told = messages(gateway)
    assert (told.count("child"), told.count("parent")) == (30, 600)
    assert len({event["event_id"] for event in gateway.events}) == 630


@POSIX
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.02, 0.04])
def test_a_fork_waits_for_what_the_thread_imports(program, gateway, seconds):
    """The copy of a module that is half imported would stay so in the child."""
    program(
        f"""
        import os, time
        import seawall_client
        seawall_client.init(linger=0)
        seawall_client.capture_message("parent")
        time.sleep({seconds})
        pid = os.fork()
        if pid == 0:
            seawall_client.capture_message("child")
            os._exit(0 if seawall_client.flush(20) else 1)
        assert os.waitpid(pid, 0)[1] == 0
        """,
        check=0,
    )
    assert messages(gateway) == ["child", "parent"]


@POSIX
def test_a_fork_shares_a_spool(program, gateway, tmp_path):
    gateway.stop()
    text = """
        import os, sys
        import seawall_client
        client = seawall_client.init(spool_dir=sys.argv[1], linger=0, hooks=())
        seawall_client.capture_message("parent")
        assert seawall_client.flush(10)
        pid = os.fork()
        seawall_client.capture_message("child" if pid == 0 else "parent again")
        assert seawall_client.flush(10)
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        """
    program(text, str(tmp_path / "spool"), check=0)
    gateway.start()
    program(text.replace("pid = os.fork()", "sys.exit()"), str(tmp_path / "spool"), check=0)
    assert messages(gateway) == ["child", "parent", "parent", "parent again"]


@POSIX
def test_no_thread_before_there_is_an_error(program):
    """Python 3.12 warns of forks where there are threads."""
    program(
        """
        import os, sys, threading, warnings
        warnings.simplefilter("error")
        import seawall_client
        seawall_client.init()
        assert not {"asyncio", "ssl", "http.client"} & set(sys.modules), "imported too early"
        assert len(sys._current_frames()) == 1
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        """,
        check=0,
    )


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
def test_capturing_in_a_signals_handler(program, gateway):
    """The handler interrupts capturing, and the thread that sends, anywhere."""
    program(
        """
        import logging, signal, time
        import seawall_client
        client = seawall_client.init(linger=0, max_per_second=1e9, queue_size=100_000)
        count = 0

        def handler(number, frame):
            global count
            count += seawall_client.capture_message("signal") is not None

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for number in range(1_000):
            seawall_client.capture_message("program")
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert count > 10, count
        assert seawall_client.flush(20)
        """,
        check=0,
    )
    assert messages(gateway).count("program") == 1_000
    assert messages(gateway).count("signal") > 10


def test_capturing_while_garbage_is_collected(program, gateway):
    program(
        """
        import gc, logging
        import seawall_client
        client = seawall_client.init(linger=0, max_per_second=1e9, queue_size=100_000)
        gc.set_threshold(7)

        class Leak:
            def __init__(self):
                self.me = self

            def __del__(self):
                logging.getLogger("shop").error("collected")

        for number in range(200):
            Leak()
            seawall_client.capture_message("program", extra={"some": [{"work": number}] * 5})
        assert seawall_client.flush(20)
        """,
        check=0,
    )
    assert messages(gateway).count("program") == 200


@POSIX
def test_a_terminated_program_keeps_what_is_spooled(program, gateway, tmp_path):
    """SIGTERM ends Python without a word: what was flushed before is on disk."""
    gateway.stop()
    process = program(
        """
        import sys, time
        import seawall_client
        seawall_client.init(spool_dir=sys.argv[1], linger=0)
        seawall_client.capture_message("m")
        seawall_client.flush(10)
        print("ready", flush=True)
        time.sleep(60)
        """,
        str(tmp_path / "spool"),
        wait=False,
    )
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=10)
    gateway.start()
    program(
        "import sys, seawall_client\nseawall_client.init(spool_dir=sys.argv[1])\nseawall_client.flush(10)",
        str(tmp_path / "spool"),
        check=0,
    )
    assert messages(gateway) == ["m"]
