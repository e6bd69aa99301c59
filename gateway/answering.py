"""Answers on their way to the sender, head and body in one write.

uvicorn writes them apart, which costs a system call and a packet more: a tenth of what a request costs at all.
"""

from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.contract import Answer

__all__ = ["respond"]

_NO_CONTENT = 204


async def respond(answer: Answer, cycle: RequestResponseCycle, *, last: bool) -> None:
    """Do what uvicorn's `send` does, for a whole answer.

    Args:
        answer: to the request.
        cycle: the request, as uvicorn knows it.
        last: whether the connection ends with it.

    Raises:
        ValueError: a header would be more than one line.
    """
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    parts = [_head(answer.status, answer.content_type, len(answer.body))]
    for name, value in (*cycle.default_headers, *answer.headers):
        if b"\n" in value or b"\r" in value:
            raise ValueError("a header of more than one line")
        parts += (name, b": ", value, b"\r\n")
    cycle.keep_alive &= not last
    if not cycle.keep_alive:
        parts.append(b"connection: close\r\n")
    parts.append(b"\r\n")
    if cycle.scope["method"] != "HEAD":
        parts.append(answer.body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


@lru_cache(1_024)
def _head(status: int, content_type: str, length: int) -> bytes:
    of_body = b"content-type: %s\r\ncontent-length: %d\r\n" % (content_type.encode(), length)
    return b"".join(
        (
            STATUS_LINE[status],
            of_body if status != _NO_CONTENT else b"",
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n",
        )
    )
