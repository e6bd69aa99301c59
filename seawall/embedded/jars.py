"""Apache Kafka's jars: the ones named in kafka-jars.lock, from Maven's central repository, each checked by SHA-256."""

import hashlib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.embedded.folders import locked, shared_cache
from seawall.errors import DownloadError

__all__ = ["Jar", "class_path", "jar_folder", "missing_jars", "pinned_jars"]

LOCK = Path(__file__).with_name("kafka-jars.lock")
TRIES = 3
TIMEOUT = 30  # seconds an answer may take
PARALLEL = 4


@dataclass(frozen=True, slots=True)
class Jar:
    """A line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Its name in the folder."""
        return f"{self.artifact}-{self.version}.jar"


def pinned_jars() -> list[Jar]:
    """The jars of the lock, in its order."""
    lines = (line.replace(":", " ").split() for line in LOCK.read_text(encoding="ascii").splitlines())
    return [Jar(*line) for line in lines if line and not line[0].startswith("#")]


def class_path(folder: str) -> str:
    """The class path for jars in a folder; always in the same order, which Java's start-up cache relies on."""
    return ":".join(sorted(f"{folder}/{jar.file}" for jar in pinned_jars()))


def missing_jars(data: Path) -> int:
    """How many jars would have to be fetched."""
    folders = [folder for folder in _candidates(data) if folder.is_dir()]
    return min((len(_absent(folder)) for folder in folders), default=len(pinned_jars()))


def jar_folder(data: Path, fetched: Callable[[int], Any] | None = None) -> Path:
    """The folder with all jars: the user's cache, else one below the data folder; fetches what is missing.

    Args:
        data: the data folder.
        fetched: called with 1 after each jar.

    Raises:
        DownloadError: a jar could not be fetched, or is not the one of the lock.
    """
    candidates = _candidates(data)
    for folder in candidates:
        if folder.is_dir() and not _absent(folder):
            return folder
    for folder in candidates:
        with suppress(PermissionError):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder):  # another process may be fetching the same
                _fetch(folder, _absent(folder), fetched or (lambda _: None))
            return folder
    raise DownloadError(f"no folder to keep Kafka's jars in: neither {candidates[0]} nor {data} can be written")


def _candidates(data: Path) -> list[Path]:
    name = f"kafka-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    cache = shared_cache()
    return [*([cache / name] if cache else []), data / "cache" / name]


def _absent(folder: Path) -> list[Jar]:
    try:
        there = {path.name for path in folder.iterdir()}
    except OSError:
        return pinned_jars()
    return [jar for jar in pinned_jars() if jar.file not in there]


def _fetch(folder: Path, jars: list[Jar], fetched: Callable[[int], Any]) -> None:
    if not jars:
        return

    def one(jar: Jar) -> None:
        _fetch_jar(jar, folder, Path(scratch))
        fetched(1)

    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as scratch,
        _one_session(),
        ThreadPoolExecutor(PARALLEL) as pool,
    ):
        for done in [pool.submit(one, jar) for jar in jars]:
            try:
                done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _fetch_jar(jar: Jar, folder: Path, scratch: Path) -> None:
    for attempt in range(TRIES):
        try:
            # A new repository each time: jgo takes the half file of a broken download for good.
            path = _resolve(jar, scratch / f"{jar.artifact}-{attempt}")
        except Exception as error:  # noqa: BLE001 -- jgo and requests raise anything, also SystemExit's relatives
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            path.replace(folder / jar.file)  # it gets its name only here
            return
        reason = "its SHA-256 is not the pinned one"
    raise DownloadError(
        f"{jar.group}:{jar.artifact}:{jar.version} could not be fetched ({reason});"
        " the first start needs Maven Central, or set SEAWALL_KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own"
    )


def _resolve(jar: Jar, repository: Path) -> Path:
    from jgo.maven import MavenContext  # noqa: PLC0415 -- only where something is missing

    # Not jgo.build(): it looks for a JDK as well, only warns of a bad checksum, and links to ~/.m2.
    context = MavenContext(repo_cache=repository, timeout=TIMEOUT)
    return Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())


@contextmanager
def _one_session() -> Iterator[None]:
    """Let jgo keep its connections: 1 s instead of 4 to 8 s for all."""
    from jgo.util import http  # noqa: PLC0415 -- only where something is missing

    client: Any = http

    module = client.requests
    trusting = _system_trust(module)
    with module.Session() as session:
        session.mount("https://", trusting)
        client.requests = session
        try:
            yield
        finally:
            client.requests = module


def _system_trust(requests: Any) -> Any:
    """An adapter that trusts the system's authorities as well: a company's proxy has its own, which certifi lacks."""

    class SystemTrust(requests.adapters.HTTPAdapter):  # type: ignore[misc]  # requests comes to us untyped, through jgo
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=ssl.create_default_context(), **options)

        def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
            return super().proxy_manager_for(*arguments, ssl_context=ssl.create_default_context(), **options)

    return SystemTrust()
