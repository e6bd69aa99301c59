"""`capture` around asynchronous generators: they behave as if it were not there."""

import asyncio
import contextlib

import pytest

import seawall_client


def test_what_is_thrown_into_a_generator_is_its_own_to_handle(client, gateway):
    made = client()
    seen = []

    @contextlib.asynccontextmanager
    @seawall_client.capture
    async def session():
        try:
            yield "connection"
        except KeyError as error:
            seen.append(error)  # as a transaction is rolled back
        except BaseException as error:
            seen.append(error)
            raise

    async def main():
        async with session() as connection:
            assert connection == "connection"
        async with session():
            raise KeyError("handled")
        with pytest.raises(ValueError, match="not handled"):
            async with session():
                raise ValueError("not handled")

    asyncio.run(main())
    assert [type(error) for error in seen] == [KeyError, ValueError]
    assert made.flush(20)
    assert [event["message"] for event in gateway.events] == ["not handled"]


def test_what_is_sent_into_a_generator_arrives(client):
    client()
    closed = []

    @seawall_client.capture
    async def echo():
        said = "nothing"
        try:
            while True:
                said = yield said
        finally:
            closed.append(True)

    async def main():
        generator = echo()
        assert await generator.__anext__() == "nothing"
        assert await generator.asend("this") == "this"
        assert await generator.asend("that") == "that"
        await generator.aclose()
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    asyncio.run(main())
    assert closed == [True]


@pytest.mark.parametrize("reraise", [True, False])
def test_what_a_generator_raises_is_captured(client, gateway, reraise):
    client()

    @seawall_client.capture(reraise=reraise)
    async def numbers():
        yield 1
        yield 2
        raise ValueError("no more")

    async def main():
        return [number async for number in numbers()]

    if reraise:
        with pytest.raises(ValueError, match="no more"):
            asyncio.run(main())
    else:
        assert asyncio.run(main()) == [1, 2]
    assert gateway.wait(1)[0]["message"] == "no more"
