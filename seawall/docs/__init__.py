"""Pages of docs/ that are made from the code: `python -m seawall.docs` writes them, `--check` compares."""
