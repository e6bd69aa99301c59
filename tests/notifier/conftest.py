"""What runs in the folder of whoever runs the tests is none of their business."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_running_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path / "no-servers"))
