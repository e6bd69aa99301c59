"""Files for enrichment are read when they change; a bad one leaves what was last read of it."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from rules.enriching import Enricher
from rules.rulefile import load
from streams.lookup_files import MAX_FILE_BYTES
from streams.lookups import Lookups
from telemetry import metrics

RULES = """
version: 1
enrichment:
  services: services.yaml
  backstage: ["catalog/**/catalog-info.yaml"]
  codeowners:
    - {file: CODEOWNERS, service: shop, strip: /app/}
  owners: "path:vendor/* #platform"
  geoip: places.mmdb
"""
SERVICES = "services: {{shop: {{team: {team}}}}}\n"
COMPONENT = "kind: Component\nmetadata: {{name: {name}}}\nspec: {{owner: {team}}}\n"
FRAME = {"file": "/app/src/pay.py", "function": "pay", "in_app": True}


def encoded(value: object) -> bytes:
    """A value of a MaxMind database: https://maxmind.github.io/MaxMind-DB/."""
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(encoded(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encoded, value))
    if isinstance(value, int):  # 16 and 32 bits have a kind each; 64 bits one of those that came later
        bits = 16 if value < 1 << 8 and value != 1 else 32 if value < 1_000_000_000 else 64
        kind = {16: [5 << 5 | 2], 32: [6 << 5 | 4], 64: [8, 2]}[bits]
        return bytes(kind) + value.to_bytes(bits // 8, "big")
    text = str(value).encode()
    return bytes([2 << 5 | len(text)]) + text


def places(country: str) -> bytes:
    """A database in which all addresses up to 127.255.255.255 are in a country, and the others nowhere."""
    about = {
        "node_count": 1, "record_size": 24, "ip_version": 4, "database_type": "Test", "languages": ["en"],
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1_700_000_000,
        "description": {"en": "test"},
    }  # fmt: skip
    tree = (1 + 16).to_bytes(3, "big") + (1).to_bytes(3, "big")  # the first record of the data, and none
    data = encoded({"country": {"iso_code": country}})
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about)


class Folder:
    """A rule file and what it names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rules = load(RULES, "rules.yaml")
        self.lookups = Lookups(path / "rules.yaml", lambda: self.rules)
        self.write("services.yaml", SERVICES.format(team="payments"))
        self.write("catalog/cart/catalog-info.yaml", COMPONENT.format(name="cart", team="carts"))
        self.write("CODEOWNERS", "src/ @shop-team\n")
        self.write("places.mmdb", places("SE"))

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file in the place of another, as updaters do."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name("new")
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        new.rename(target)

    def seen(self, service: str = "shop", file: str = FRAME["file"], address: str = "81.2.69.142") -> dict:
        """What an error is told."""
        draft = {
            "service": service,
            "extra": {"client_ip": address},
            "exception": [{"type": "E", "frames": [{**FRAME, "file": file}]}],
        }
        enricher = Enricher(self.lookups.data)
        enricher.enrich(draft, enricher.hints(draft))
        return draft.get("enrichment", {})


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def refused() -> float:
    return metrics.LOOKUPS_REFUSED._value.get()


async def test_all_files_are_read_and_a_second_look_changes_nothing(folder):
    await folder.lookups.read_files()
    seen = folder.seen()
    assert (seen["team"], seen["owner"], seen["geo"]) == ("payments", "@shop-team", {"country": "SE"})
    assert folder.seen("cart")["team"] == "carts"
    assert "owner" not in folder.seen("cart")
    assert folder.seen(file="vendor/lib.py")["owner"] == "#platform"
    assert "geo" not in folder.seen(address="203.0.114.1")
    data, version = folder.lookups.data, folder.lookups.version
    await folder.lookups.read_files()
    assert (folder.lookups.data is data, folder.lookups.version) == (True, version)


@pytest.mark.parametrize(
    ("name", "content", "key", "after"),
    [
        ("services.yaml", SERVICES.format(team="money"), "team", "money"),
        ("CODEOWNERS", "src/ @money\n", "owner", "@money"),
        ("places.mmdb", places("FI"), "geo", {"country": "FI"}),
    ],
)
async def test_a_changed_file_is_read_again(folder, name, content, key, after):
    await folder.lookups.read_files()
    version = folder.lookups.version
    folder.write(name, content)
    await folder.lookups.read_files()
    assert folder.seen()[key] == after
    assert folder.lookups.version == version + 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("services.yaml", "services: [1]"),
        ("services.yaml", b"\xff\xfe"),
        ("services.yaml", "#" * (MAX_FILE_BYTES + 1)),
        ("CODEOWNERS", b"\xff src/ @money"),
        ("places.mmdb", b"no database"),
        ("places.mmdb", places("FI")[:-40]),
    ],
)
async def test_a_bad_file_is_refused_and_the_others_go_on(folder, name, content):
    await folder.lookups.read_files()
    before, count = folder.seen(), refused()
    folder.write(name, content)
    folder.write("catalog/cart/catalog-info.yaml", COMPONENT.format(name="cart", team="trolleys"))
    await folder.lookups.read_files()
    await folder.lookups.read_files()  # told once
    assert folder.seen() == before
    assert folder.seen("cart")["team"] == "trolleys"
    assert refused() == count + 1


async def test_a_damaged_database_says_nothing_of_what_it_cannot_find(folder):
    whole = places("FI")
    folder.write("places.mmdb", whole.replace(b"\x47country", b"\x5fcountry"))
    await folder.lookups.read_files()
    assert folder.seen()["team"] == "payments"


async def test_a_file_that_goes_stays_known_and_one_that_comes_is_read(folder):
    (folder.path / "services.yaml").unlink()
    await folder.lookups.read_files()
    assert "team" not in folder.seen()
    folder.write("services.yaml", SERVICES.format(team="late"))
    await folder.lookups.read_files()
    (folder.path / "services.yaml").unlink()
    await folder.lookups.read_files()
    assert folder.seen()["team"] == "late"


async def test_files_that_a_pattern_names_come_and_go(folder):
    folder.write("catalog/a/b/catalog-info.yaml", COMPONENT.format(name="mail", team="post"))
    await folder.lookups.read_files()
    assert folder.seen("mail")["team"] == "post"
    (folder.path / "catalog/a/b/catalog-info.yaml").unlink()
    await folder.lookups.read_files()
    assert "team" not in folder.seen("mail")


async def test_what_changes_is_seen_while_following_rules_and_links_included(folder):
    """A mount of Kubernetes: the file is a link through `..data`, a link to a folder that is replaced as a whole."""
    for team in ("one", "two"):
        folder.write(f"..{team}/services.yaml", SERVICES.format(team=team))
    (folder.path / "services.yaml").unlink()
    (folder.path / "services.yaml").symlink_to("..data/services.yaml")
    (folder.path / "..data").symlink_to("..one")
    stop = asyncio.Event()
    following = asyncio.create_task(folder.lookups.follow_files(stop))
    try:
        await _until(lambda: folder.seen().get("team") == "one")
        (folder.path / "..tmp").symlink_to("..two")
        os.replace(folder.path / "..tmp", folder.path / "..data")  # noqa: PTH105
        await _until(lambda: folder.seen().get("team") == "two")
        folder.rules = load("version: 1\nenrichment: {owners: 'path:src/* @all'}\n", "rules.yaml")
        await _until(lambda: folder.seen(file="src/a.py").get("owner") == "@all")
        assert "team" not in folder.seen()
    finally:
        stop.set()
        await following


async def test_one_bad_look_does_not_end_the_following(folder):
    stop = asyncio.Event()
    looks = iter([ZeroDivisionError, None])

    def rules():
        if (problem := next(looks, None)) is not None:
            raise problem
        return SimpleNamespace(enrichment=folder.rules.enrichment)

    lookups = folder.lookups = Lookups(folder.path / "rules.yaml", rules)
    following = asyncio.create_task(lookups.follow_files(stop))
    try:
        await _until(lambda: folder.seen().get("team") == "payments")
    finally:
        stop.set()
        await following


async def _until(holds) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)
