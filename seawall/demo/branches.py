"""Every run opens a new branch of the shop, so that its errors are new ones, whatever ran in the folder before."""

from pathlib import Path

__all__ = ["next_branch"]

NAMES = (
    "lisbon hamburg genoa bergen porto naples riga split cadiz turku brest odense malmo izmir haifa trieste tallinn"
    " gdansk bari valencia marseille ostend kiel aarhus limerick cork dundee leith hull dover"
)


def next_branch(folder: Path) -> str:
    """The name of this run's branch; the folder remembers how many there were."""
    note = folder / "demo-runs"
    number = int(note.read_text(encoding="ascii")) if note.exists() else 0
    note.write_text(str(number + 1), encoding="ascii")
    names = NAMES.split()
    again, which = divmod(number, len(names))
    return names[which] + (f"-{again + 1}" if again else "")
