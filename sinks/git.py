"""Git as a subprocess on a clone: it reads, and nothing that the clone or a producer says makes it do more."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

__all__ = ["GitError", "run_git"]

TIMEOUT = 10.0  # seconds
MAX_OUTPUT = 4 << 20  # bytes

# What a clone's own settings could have run, or fetched; see `git help config`.
_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.attributesFile=/dev/null",
    "diff.external=", "log.showSignature=false", "protocol.allow=never", "blame.ignoreRevsFile=",
    "submodule.recurse=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C.UTF-8",
}


class GitError(Exception):
    """Git could not say: it failed, took too long, said too much, or is not there. The message is one line."""


async def run_git(clone: Path, *arguments: str, timeout: float = TIMEOUT) -> bytes:  # noqa: ASYNC109 -- it ends git as well
    """What git prints.

    Args:
        clone: the repository's folder. Whoever names it trusts it: it may belong to another user.
        arguments: the command and its arguments. What a producer has said must stand after `--end-of-options` or `--`.
        timeout: seconds.

    Raises:
        GitError: see there.
    """
    settings = [part for one in (*_SETTINGS, f"safe.directory={clone}") for part in ("-c", one)]
    try:
        process = await asyncio.create_subprocess_exec(
            "git", "--no-pager", "--no-replace-objects", "--literal-pathspecs", "-C", str(clone), *settings, *arguments,
            env={**_ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        raise GitError(f"git cannot be run: {type(error).__name__}") from None
    try:
        async with asyncio.timeout(timeout):
            out, err = await asyncio.gather(_read(process.stdout, MAX_OUTPUT), _read(process.stderr, 4_096, cut=True))
            code = await process.wait()
    except TimeoutError:
        raise GitError(f"git took longer than {timeout:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and what it has started
            await process.wait()
    if code:
        said = err.decode(errors="replace").strip().splitlines()
        raise GitError(f"git {arguments[0]}: {said[0][:200] if said else f'exit code {code}'}")
    return out


async def _read(stream: asyncio.StreamReader | None, limit: int, *, cut: bool = False) -> bytes:
    assert stream is not None
    read = bytearray()
    while chunk := await stream.read(65_536):
        read += chunk
        if len(read) > limit and not cut:
            raise GitError(f"git said more than {limit >> 20} MB")
        if cut:
            del read[limit:]
    return bytes(read)
