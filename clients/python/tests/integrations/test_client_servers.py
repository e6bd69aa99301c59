"""Servers and runtimes that replace what the client stands on: gevent, gunicorn, uvicorn."""


def test_gevent(program, gateway):
    program(
        """
        from gevent import monkey; monkey.patch_all()
        import gevent
        import seawall_client
        client = seawall_client.init(linger=0.05)

        def job(number):
            with seawall_client.isolation_scope() as scope:
                scope.set_tag("job", number)
                gevent.sleep(0.01)
                seawall_client.capture_message(f"m{number}")

        ticks = []
        ticker = gevent.spawn(lambda: [(ticks.append(1), gevent.sleep(0.005)) for _ in range(20)])
        gevent.joinall([gevent.spawn(job, number) for number in range(10)])
        assert seawall_client.flush(10)
        ticker.join()
        assert len(ticks) == 20
        """,
        check=0,
    )
    assert all(event["tags"]["job"] == event["message"][1:] for event in gateway.wait(10))


def test_gunicorn_with_a_preloaded_program(program, gateway, tmp_path):
    import socket
    import time
    import urllib.error
    import urllib.request

    (tmp_path / "shopapp.py").write_text(
        "import seawall_client\n"
        "from seawall_client.integrations.wsgi import SeawallWSGI\n"
        "seawall_client.init()\n"
        "def app(environ, start_response):\n"
        "    raise LookupError(environ['PATH_INFO'])\n"
        "app = SeawallWSGI(app)\n"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = program(
        """
        import sys
        from gunicorn.app.wsgiapp import run
        sys.argv = ["gunicorn", "--preload", "-w", "2", "-b", f"127.0.0.1:{sys.argv[1]}", "shopapp:app"]
        run()
        """,
        str(port),
        wait=False,
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/lost", timeout=5)
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.05)
    events = gateway.wait(1, timeout=20)
    process.terminate()
    process.communicate(timeout=20)
    assert events[0]["message"] == "/lost"
    assert events[0]["request"]["method"] == "GET"
