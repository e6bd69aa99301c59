"""Write the generated pages, or with `--check` say which are not current and exit 1."""

import sys
from pathlib import Path

from seawall.docs.formats_page import formats_page
from seawall.docs.metrics_page import metrics_page
from seawall.docs.senders_section import producers_page
from seawall.docs.settings_page import settings_page

PAGES = {
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "formats.md": formats_page,
    "producers.md": producers_page,  # one section of it
}
FOLDER = Path(__file__).parents[2] / "docs"


def main(*, check: bool, folder: Path = FOLDER) -> list[str]:
    """The names of the pages that were not current; they are now, unless this was only a check."""
    stale = []
    for name, page in PAGES.items():
        file, text = folder / name, page()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                file.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    only_check = "--check" in sys.argv[1:]
    stale = main(check=only_check)
    for name in stale:
        print(f"docs/{name}: {'not current, run python -m seawall.docs' if only_check else 'written'}")  # noqa: T201
    sys.exit(1 if stale and only_check else 0)
