"""The set-ups in docs/producers.md that are taken from tests/senders: what is shown there is what was run.

A mark before a block names files, and of programs the beginnings of statements:
``<!-- Made from tests/senders/python/with_rollbar.py `rollbar.init(`. -->``
"""

import re
from pathlib import Path
from string import Template
from textwrap import dedent

__all__ = ["with_setups"]

ROOT = Path(__file__).parents[2]
# What a run fills in, and what stands for it on the page.
TOLD = {
    "DSN": "https://KEY@errors.example/PROJECT",
    "URL": "https://errors.example",
    "KEY": "KEY",
    "RELEASE": "shop@1.4.2",
    "ENVIRONMENT": "production",
    "USER": "c-17",
    "TRACE": "4bf92f3577b34da6a3ce929d0e0e4736",
}
PLACES = {
    "SENDER_URL": TOLD["URL"],
    "SENDER_KEY": TOLD["KEY"],
    "SENDER_KAFKA": "kafka:9092",
    "SENDER_TOPIC": "errors",
    "LOG": "/var/log/shop.log",
    "WORK": "/var/lib/shop",
    "ORDERS": "orders",
    "DATABASE_HOST": "database",
    "DATABASE_PORT": "5432",
    "DATABASE_USER": "debezium",
    "DATABASE_PASSWORD": "PASSWORD",
    "DATABASE_DBNAME": "shop",
}
WORDS = {
    "where.hostname": '"errors.example"',
    "where.port": "443",
    'System.getenv("WORK")': '"/var/lib/shop"',
    'os.environ["SENDER_KAFKA"]': '"kafka:9092"',
    'os.environ["SENDER_TOPIC"]': '"errors"',
    ", **options": "",  # more of them, in one program
}
LANGUAGES = {
    ".yaml": "yaml", ".yml": "yaml", ".properties": "properties", ".conf": "text",
    ".py": "python", ".js": "javascript", ".go": "go", ".rs": "rust", ".java": "java", ".rb": "ruby", ".php": "php",
}  # fmt: skip
CONFIGS = {".yaml", ".yml", ".properties", ".conf"}
_NAME = f"({'|'.join(TOLD)})"
_MARKED = re.compile(r"(<!-- Made from (tests/senders/[^>\n]+)\. -->)\n\n```.*?\n```", re.DOTALL)
_SOURCE = re.compile(r"(tests/senders/[\w./-]+)(?: `([^`]+)`)?")
_WITHIN = re.compile(rf'f"([^"{{]*)\{{{_NAME}\}}([^"]*)"|`([^`$]*)\$\{{from\("{_NAME}"\)\}}([^`]*)`')
_ASKED = re.compile(rf'&?(?:(?:Shop\.)?(?:told|from)\("(?:SENDER_)?{_NAME}"\)|TOLD\.{_NAME}\b)')
_BARE = re.compile(rf"(?<![\w\"'@/.])(?:told\.)?{_NAME}(?![\w\"'@/.])")


def with_setups(page: str) -> str:
    """The page with each block behind a mark as its sources are now.

    Raises:
        LookupError: a program has no statement that begins so.
    """
    return _MARKED.sub(lambda found: f"{found[1]}\n\n{_block(_SOURCE.findall(found[2]))}", page)


def _block(sources: list[tuple[str, str]]) -> str:
    shown = [_shown(ROOT / name, beginning) for name, beginning in sources]
    return f"```{LANGUAGES[Path(sources[0][0]).suffix]}\n" + "\n".join(shown) + "\n```"


def _shown(file: Path, beginning: str) -> str:
    text = file.read_text(encoding="utf-8")
    if file.suffix in CONFIGS:
        return Template(text).substitute(PLACES).rstrip()
    text = _statement(text, beginning)
    text = _WITHIN.sub(lambda found: _quoted(*(part for part in found.groups() if part is not None)), text)
    text = _ASKED.sub(lambda found: f'"{TOLD[found[1] or found[2]]}"', text)
    if file.suffix == ".py":
        text = _BARE.sub(lambda found: f'"{TOLD[found[1]]}"', text)
    for word, by in WORDS.items():
        text = text.replace(word, by)
    return text


def _quoted(before: str, name: str, after: str) -> str:
    return f'"{before}{TOLD[name]}{after}"'


def _statement(text: str, beginning: str) -> str:
    """The line that begins so, and those after it that are within it or close it."""
    lines = text.splitlines()
    first = next((index for index, line in enumerate(lines) if line.lstrip().startswith(beginning)), None)
    if first is None:
        raise LookupError(f"no statement begins with {beginning}")
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    last = first
    for index, line in enumerate(lines[first + 1 :], first + 1):
        rest = line.removeprefix(indent)
        if not line.strip():
            continue
        if not (line.startswith(indent) and (rest[0] in " \t)]}{" or rest == "end")):
            break
        last = index
    return dedent("\n".join(lines[first : last + 1])).expandtabs(4)
