"""Several of our programs as one: where one container is to hold them. All end when one does."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

__all__ = ["run_together"]

PATIENCE = 25.0  # seconds for all to end in good order; docker-compose.yml waits for 30


async def run_together(roles: Sequence[str], metrics_port: int) -> int:
    """Run `seawall ROLE` for each, until one ends or SIGTERM or SIGINT comes.

    Args:
        roles: the commands.
        metrics_port: of the first; each further one has the next port. 0: they have none.

    Returns:
        The exit code of the one that ended first; 0 where we were told to stop.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    children = [await _start(role, metrics_port + place if metrics_port else 0) for place, role in enumerate(roles)]
    ends = [asyncio.create_task(child.wait()) for child in children]
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, *ends], return_when=asyncio.FIRST_COMPLETED)
    code = 0 if stopping.is_set() else next(end.result() for end in ends if end.done())
    told.cancel()
    for child in children:
        _signal(child, signal.SIGTERM)
    await asyncio.wait(ends, timeout=PATIENCE)
    for child in children:
        _signal(child, signal.SIGKILL)
    await asyncio.wait(ends)
    return code if code >= 0 else 128 - code


async def _start(role: str, metrics_port: int) -> asyncio.subprocess.Process:
    environment = {**os.environ, **({"SEAWALL_METRICS_PORT": str(metrics_port)} if metrics_port else {})}
    # A process group of its own: Ctrl-C reaches it through us, and once.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "seawall", role, env=environment, start_new_session=True
    )


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if child.returncode is None:
        child.send_signal(number)
