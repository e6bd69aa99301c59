"""manifest.toml: who the senders are, and what each is expected to bring."""

import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
CLIENT = ROOT / "clients" / "python" / "src" / "seawall_client" / "version.py"
PINS = ("requirements.txt", "package.json", "go.mod", "Cargo.toml", "pom.xml", "builder.yaml")


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One sender. Facts that `arrives` does not name are not promised; those seen all the same are told."""

    name: str
    title: str
    folder: str
    package: str  # whose version is told; pinned in one of PINS, or Debian's
    command: list[str]  # `$CACHE`: where install.sh put things
    arrives: list[str]
    type: str = ""  # of the error that is caught
    function: str = "reserve"
    file: str = ""
    message: bool = True  # whether what it was told is the whole message, not only part of it
    crash: bool = False  # whether it also reports what nobody catches
    dies: bool = True  # whether it ends then
    noise: list[str] = None  # type: ignore[assignment]  # what else it sends, by kind of item
    needs: list[str] = None  # type: ignore[assignment]  # commands
    debian: str = ""  # the package to install with apt-get
    origin: bool = False  # a web page's
    straight: bool = False  # to Kafka, without the gateway
    limits: bool = True  # whether it is run into a limit
    outage: bool = True  # whether the gateway is taken from it
    keeps: bool = False  # whether it keeps on the disk what it could not send, for its next start

    def missing(self) -> str:
        """Why it cannot run here, if it cannot."""
        if self.debian and not _debian_version(self.debian):
            return f"Debian's package {self.debian} is not installed"
        absent = [command for command in self.needs or () if shutil.which(command) is None]
        return f"no {absent[0]} here" if absent else ""

    def version(self) -> str:
        """The version that runs."""
        if self.package == "seawall-client":  # of this tree
            return CLIENT.read_text().rpartition('VERSION = "')[2].partition('"')[0]
        return _debian_version(self.debian) if self.debian else _pinned(FOLDER / self.folder, self.package)


def senders(wanted: list[str] | None = None) -> list[Sender]:
    """Those asked for by name or folder; none: all."""
    listed = tomllib.loads((FOLDER / "manifest.toml").read_text())["sender"]
    found = [Sender(**one) for one in listed]
    return [one for one in found if not wanted or one.name in wanted or one.folder in wanted]


def _pinned(folder: Path, package: str) -> str:
    name = re.escape(package)
    pin = re.compile(
        rf"^{name}(?:\[\w+\])?==(\S+)"  # requirements.txt
        rf'|"{name}": "([^"]+)"'  # package.json
        rf"|^(?:require)?\s*(?:- gomod: )?{name} v(\S+)"  # go.mod, builder.yaml
        rf'|^{name} = \{{ version = "=([^"]+)"'  # Cargo.toml
        rf"|<artifactId>{name}</artifactId>\s*<version>([^<]+)<",  # pom.xml
        re.MULTILINE,
    )
    for file in (folder / pins for pins in PINS):
        if file.exists() and (found := pin.search(file.read_text())):
            return next(version for version in found.groups() if version)
    raise LookupError(f"{package} is pinned nowhere in {folder}")


def _debian_version(package: str) -> str:
    if shutil.which("dpkg-query") is None:
        return ""
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package]
    status, _, version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition(" ")
    return version if status == "installed" else ""
