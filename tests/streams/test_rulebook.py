"""A changed rule file is read again, however it is put in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streams.rule_files import RuleFiles
from streams.rulebook import Rulebook

RULES = "version: 1\nthresholds: [{{name: {name}, count: 5, window: 1m}}]\n"


def write(path: Path, name: str) -> None:
    path.write_text(RULES.format(name=name))


@asynccontextmanager
async def watched(path: Path) -> AsyncIterator[Rulebook]:
    book, stop = Rulebook(path), asyncio.Event()
    book.read()
    watching = asyncio.create_task(book.watch(stop))
    try:
        yield book
    finally:
        stop.set()
        await watching


async def comes_into_force(book: Rulebook, name: str, write_again) -> bool:
    """The watch begins some time after its task: the change is made until it is seen."""
    for _ in range(100):
        write_again()
        for _ in range(20):
            if [rule.name for rule in book.current.thresholds] == [name]:
                return True
            await asyncio.sleep(0.01)
    return False


async def test_written_in_place_and_replaced(tmp_path):
    path = tmp_path / "rules.yaml"
    write(path, "one")

    def replace() -> None:
        write(tmp_path / "other", "three")
        (tmp_path / "other").rename(path)

    async with watched(path) as book:
        assert await comes_into_force(book, "two", lambda: write(path, "two"))
        assert await comes_into_force(book, "three", replace)


async def test_a_config_map_of_kubernetes(tmp_path):
    """The file is a link through `..data`, a link to a folder that is replaced as a whole."""
    path = tmp_path / "rules.yaml"
    path.symlink_to("..data/rules.yaml")

    def mount(name: str) -> None:
        folder = tmp_path / f"..{name}"
        folder.mkdir(exist_ok=True)
        write(folder / "rules.yaml", name)
        (tmp_path / "..data_tmp").symlink_to(folder.name)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    mount("one")
    async with watched(path) as book:
        assert [rule.name for rule in book.current.thresholds] == ["one"]
        assert await comes_into_force(book, "two", lambda: mount("two"))


async def test_a_bad_file_leaves_the_last_good_one_in_force(tmp_path):
    path = tmp_path / "rules.yaml"
    write(path, "good")
    book = Rulebook(path)
    assert book.read()
    path.write_text("version: 1\nthresholds: [{name: bad}]\n")
    assert not book.read()
    path.write_bytes(b"\xff\xfe\x00")
    assert not book.read()
    assert [rule.name for rule in book.current.thresholds] == ["good"]


async def test_where_there_is_no_file_the_built_in_rules_hold(tmp_path):
    book = Rulebook(tmp_path / "rules.yaml")
    assert not book.read()
    assert book.current.alerts


async def test_a_folder_as_files_change_come_and_go(tmp_path):
    folder = tmp_path / "rules"

    def names(book: Rulebook) -> list[str]:
        return [rule.name for rule in book.current.thresholds]

    async def until(book: Rulebook, expected: list[str], change) -> bool:
        for _ in range(100):
            change()
            for _ in range(20):
                if names(book) == expected:
                    return True
                await asyncio.sleep(0.01)
        return False

    def appear() -> None:
        folder.mkdir(exist_ok=True)
        write(folder / "b.yaml", "two")

    async with watched(folder) as book:
        assert book.current.alerts, "the built-in rules hold while there is no folder"
        assert await until(book, ["two"], appear)
        assert await until(book, ["one", "two"], lambda: write(folder / "a.yaml", "one"))
        assert await until(book, ["uno", "two"], lambda: write(folder / "a.yaml", "uno"))
        write(folder / ".a.yaml.swp", "three")
        write(folder / "notes.txt", "four")
        assert await until(book, ["uno"], lambda: (folder / "b.yaml").unlink(missing_ok=True))


async def test_several_files_and_one_that_is_missing(tmp_path):
    write(tmp_path / "a.yaml", "one")
    book = Rulebook(Path(f"{tmp_path / 'a.yaml'}:{tmp_path / 'b.yaml'}"))
    assert not book.read(), "one of them is missing"
    write(tmp_path / "b.yaml", "two")
    assert book.read()
    assert [rule.name for rule in book.current.thresholds] == ["one", "two"]
    write(tmp_path / "b.yaml", "one")
    assert not book.read(), "a name stands for one rule"


async def test_a_folder_that_goes_before_it_is_watched_does_not_end_the_watch(tmp_path, monkeypatch):
    path = tmp_path / "rules.yaml"
    write(path, "one")
    found, gone = RuleFiles.watched, [tmp_path / "gone"]

    def watched_folders(files: RuleFiles) -> frozenset[Path]:
        return frozenset([gone.pop()]) if gone else found(files)

    monkeypatch.setattr(RuleFiles, "watched", watched_folders)
    async with watched(path) as book:
        assert await comes_into_force(book, "two", lambda: write(path, "two"))


async def test_a_folder_that_cannot_be_listed_leaves_the_rules_in_force(tmp_path, monkeypatch):
    write(tmp_path / "rules.yaml", "one")
    book = Rulebook(tmp_path)
    assert book.read()

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert not book.read()
    assert [rule.name for rule in book.current.thresholds] == ["one"]
