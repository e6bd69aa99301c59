"""Celery, Faust, RQ, Dramatiq, Click and Typer."""

import asyncio
import errno
import os
import signal

import pytest

import seawall_client

HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def celery_app():
    import celery

    from seawall_client.integrations.celery import instrument

    instrument()
    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.update(task_always_eager=True, task_eager_propagates=False)

    @app.task(name="shop.fail")
    def fail(number):
        seawall_client.set_tag("number", number)
        seawall_client.add_breadcrumb("began")
        return 1 / number

    @app.task(name="shop.retry", bind=True, max_retries=2, default_retry_delay=0)
    def retry(self):
        try:
            {}["x"]
        except KeyError as error:
            raise self.retry(exc=error) from error

    @app.task(name="shop.ignore")
    def ignore():
        raise celery.exceptions.Ignore

    @app.task(name="shop.throw", throws=(LookupError,))
    def throw():
        raise KeyError("sold out")

    app.fail, app.retry_task, app.ignore, app.throw = fail, retry, ignore, throw
    return app


def test_celery_tasks_have_scopes_of_their_own(client, gateway, celery_app):
    made = client(hooks=("logging",))
    celery_app.fail.delay(0)
    celery_app.fail.delay(1)
    celery_app.ignore.delay()
    celery_app.throw.delay()
    made.flush(10)
    (event,) = gateway.wait()
    assert event["error_type"] == "ZeroDivisionError"
    assert event["exception"][0]["mechanism"] == "celery"
    assert event["transaction"] == "shop.fail"
    assert event["tags"]["number"] == "0"
    assert event["tags"]["celery.task_id"] == event["extra"]["celery"]["task_id"]
    assert [crumb["message"] for crumb in event["extra"]["breadcrumbs"]][-1] == "began"
    assert "number" not in seawall_client.current_scope().tags


def test_celery_retries_are_errors_when_they_are_used_up(client, gateway, celery_app):
    made = client(hooks=("logging",))
    celery_app.retry_task.delay()
    made.flush(10)
    assert [event["error_type"] for event in gateway.wait()] == ["KeyError"]


def test_celery_sends_the_trace_along(client, celery_app):
    client()
    celery_app.conf.task_always_eager = False
    sent = []
    with seawall_client.isolation_scope():
        wanted = seawall_client.traceparent()
        with celery_app.connection() as connection:
            celery_app.fail.apply_async((0,), queue="q", connection=connection)
            message = connection.SimpleQueue("q").get(timeout=5)
            sent.append(message.headers["traceparent"])
    assert sent == [wanted]


def test_a_celery_worker_with_processes(program, gateway, tmp_path):
    """Tasks run in forked processes that end by `os._exit`; their trace comes from the program that sends them."""
    for name in ("in", "processed"):
        (tmp_path / name).mkdir()
    (tmp_path / "shoptasks.py").write_text(
        f"""
import celery, seawall_client
from seawall_client.integrations.celery import instrument
seawall_client.init(service="tasks", linger=0)
instrument()
app = celery.Celery("shop", broker="filesystem://")
app.conf.broker_transport_options = {{"data_folder_in": {str(tmp_path / "in")!r}, "data_folder_out": {str(tmp_path / "in")!r},
    "data_folder_processed": {str(tmp_path / "processed")!r}}}

class Unpicklable(Exception):
    def __init__(self, one, two):
        self.lock = __import__("threading").Lock()

@app.task(name="shop.fail")
def fail(number):
    if number == 2:
        raise Unpicklable(1, 2)
    return 1 / number
"""
    )
    send = """
        import sys
        import seawall_client, shoptasks
        with seawall_client.isolation_scope() as scope:
            scope.trace = seawall_client.tracing.parse_traceparent(sys.argv[1])
            for number in (0, 1, 2):
                shoptasks.fail.delay(number)
        """
    program(send, HEADER, check=0)
    worker = program(
        """
        import shoptasks
        shoptasks.app.worker_main(["worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"])
        """,
        wait=False,
        env={"C_FORCE_ROOT": "1"},
        start_new_session=True,
    )
    try:
        events = gateway.wait(2, timeout=40)
        worker.terminate()  # the main process alone: it ends those of its pool
        worker.communicate(timeout=30)
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.communicate(timeout=30)
    told = {event["error_type"]: event for event in events}
    assert set(told) == {"ZeroDivisionError", "Unpicklable"}
    assert {event["trace_id"] for event in events} == {HEADER.split("-")[1]}
    assert len(gateway.events) == 2


@pytest.fixture
def run():
    """Runs coroutines in one loop, which is there when Faust makes what is bound to it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def faust_app(run):
    import faust

    from seawall_client.integrations.faust import instrument

    app = faust.App("shop", broker="kafka://localhost:1", store="memory://", web_enabled=False)
    instrument(app)
    return app


def test_faust_agents_that_yield(client, gateway, run, faust_app):
    made = client(hooks=("logging",))

    @faust_app.agent(name="payments")
    async def payments(stream):
        async for number in stream:
            yield 1 / number

    async def main():
        async with payments.test_context() as agent:
            await agent.put(1)
            await agent.put(0)

    with pytest.raises(ZeroDivisionError):
        run(main())
    made.flush(10)
    (event,) = gateway.wait()
    assert event["transaction"] == "agent payments"
    assert event["exception"][0]["mechanism"] == "faust"
    assert "position" not in event["extra"]


def test_faust_agents_that_only_read(client, gateway, run, faust_app):
    made = client(hooks=("logging",))

    @faust_app.agent()
    async def payments(stream):
        async for number in stream:
            1 / number

    async def numbers():
        yield 0

    with pytest.raises(ZeroDivisionError):
        run(payments.fun(numbers()))
    made.flush(10)
    (event,) = gateway.wait()
    assert event["transaction"].startswith("agent ")
    assert event["transaction"].endswith("payments")


def test_faust_tasks_and_timers(client, gateway, run, faust_app, monkeypatch):
    made = client()
    monkeypatch.setattr(faust_app, "is_leader", lambda: True)

    @faust_app.task
    async def begin():
        {}["task"]

    @faust_app.task()
    async def begin_with_app(app):
        {}["app"]

    @faust_app.timer(0.001)
    async def tick(app):
        {}["timer"]

    @faust_app.task(on_leader=True)
    async def lead():
        {}["leader"]

    for job in (begin, begin_with_app, tick, lead):
        with pytest.raises(KeyError):
            run(job())
    made.flush(10)
    told = {event["message"]: event["transaction"].partition(" ")[0] for event in gateway.wait(4)}
    assert told == {"'task'": "task", "'app'": "task", "'timer'": "timer", "'leader'": "task"}


def test_dramatiq_actors(client, gateway):
    import dramatiq
    from dramatiq.brokers.stub import StubBroker
    from dramatiq.middleware import Retries

    from seawall_client.integrations.dramatiq import SeawallMiddleware

    made = client(hooks=("logging",))
    broker = StubBroker(middleware=[Retries()])
    broker.add_middleware(SeawallMiddleware())

    @dramatiq.actor(broker=broker, max_retries=0)
    def fail(number):
        seawall_client.set_tag("number", number)
        return 1 / number

    worker = dramatiq.Worker(broker, worker_timeout=10)
    worker.start()
    fail.send(0)
    fail.send(1)
    broker.join(fail.queue_name, fail_fast=False)
    worker.join()
    worker.stop()
    made.flush(10)
    (event,) = gateway.wait()
    assert (event["transaction"], event["tags"]["number"]) == ("fail", "0")
    assert event["exception"][0]["mechanism"] == "dramatiq"
    assert event["extra"]["dramatiq"]["queue"] == "default"


def fail_in_rq():
    return {}["x"]


def test_rq_jobs(client, gateway):
    import fakeredis
    import rq

    from seawall_client.integrations.rq import capture_job

    made = client()
    connection = fakeredis.FakeStrictRedis()
    queue = rq.Queue("shop", connection=connection)
    job = queue.enqueue(fail_in_rq)
    rq.SimpleWorker([queue], connection=connection, exception_handlers=[capture_job]).work(burst=True)
    made.flush(10)
    (event,) = gateway.wait()
    assert event["transaction"] == f"{__name__}.fail_in_rq"
    assert event["extra"]["rq"]["job_id"] == job.id


@pytest.fixture
def invoked(monkeypatch):
    """Commands run as they are with `instrument`, which is undone afterwards."""
    import click

    from seawall_client.integrations.click import instrument

    monkeypatch.setattr(click.Command, "invoke", click.Command.invoke)
    instrument()
    instrument()
    return click


def test_click_commands(client, gateway, invoked):
    from click.testing import CliRunner

    made = client()

    @invoked.group()
    def shop():
        pass

    @shop.command()
    @invoked.option("--number", type=int, required=True)
    def order(number):
        if number == 4:
            raise invoked.UsageError("not four")
        if number == 5:
            raise invoked.exceptions.Exit(3)
        if number == 6:
            raise invoked.Abort
        if number == 7:
            raise BrokenPipeError(errno.EPIPE, "closed")
        return 1 / number

    runner = CliRunner()
    for number in ("0", "1", "4", "5", "6", "7", "x"):
        runner.invoke(shop, ["order", "--number", number], prog_name="shop")
    made.flush(10)
    (event,) = gateway.wait()
    assert (event["transaction"], event["error_type"]) == ("shop order", "ZeroDivisionError")


def test_typer_commands(client, gateway, program):
    program(
        """
        import typer
        import seawall_client
        from seawall_client.integrations.typer import instrument
        seawall_client.init()
        instrument()
        app = typer.Typer()

        @app.command()
        def order():
            {}["x"]

        @app.command()
        def other():
            pass

        app(["order"])
        """,
        check=1,
    )
    (event,) = gateway.wait()
    assert event["transaction"].endswith("order")
    assert event["exception"][0]["mechanism"] == "click"
