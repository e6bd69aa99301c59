"""`seawall sourcemaps`."""

import base64
import json
from pathlib import Path

import pytest

from seawall.errors import SeawallError
from seawall.source_maps import find_maps, uploaded_url

BUILDS = Path(__file__).parents[1] / "fixtures" / "sourcemaps"
ID = "3f2a1b9c-5d6e-4f70-8a9b-0c1d2e3f4a5b"
MAP = '{"version": 3, "mappings": "AAAA", "sources": ["a.ts"], "names": []}'


def found(*paths: Path) -> list[tuple[str, bool, str]]:
    return [(one.relative, one.minified is not None, one.debug_id) for one in find_maps(list(paths))]


def test_maps_are_found_in_folders_with_the_files_that_they_are_of():
    assert found(BUILDS) == [("one/main.3f2a1b9c.js", True, ""), ("two/main.9b8c7d6e.js", True, "")]
    assert uploaded_url(next(find_maps([BUILDS])), "~/static/") == "~/static/one/main.3f2a1b9c.js"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.js": "x\n//# sourceMappingURL=maps.json", "maps.json": MAP}, [("a.js", True, "")]),
        ({"a.js": "x", "a.js.map": MAP}, [("a.js", True, "")]),
        ({"a.js.map": MAP}, [("a.js", False, "")]),
        ({"a.js": "x", "b.css.map": MAP, "c.txt": "x"}, []),
        ({"a.js": "x\n//# sourceMappingURL=gone.map"}, []),
        ({"a.js": "x", "a.js.map": "nonsense"}, []),
        ({"a.js": f"x\n//# debugId={ID}\n//# sourceMappingURL=a.js.map", "a.js.map": MAP}, [("a.js", True, ID)]),
        ({"a.js": "x", "a.js.map": MAP.replace("{", f'{{"debug_id": "{ID}", ', 1)}, [("a.js", True, ID)]),
        (
            {"a.js": "x\n//# sourceMappingURL=data:application/json;base64," + base64.b64encode(MAP.encode()).decode()},
            [("a.js", True, "")],
        ),
        ({"sub/a.mjs": "x", "sub/a.mjs.map": ")]}'\n" + MAP}, [("sub/a.mjs", True, "")]),
    ],
)
def test_what_is_a_map_and_of_which_file(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert found(tmp_path) == [(name, file, debug_id.replace("-", "")) for name, file, debug_id in expected]


def test_a_file_that_was_named_must_have_a_map(tmp_path):
    (tmp_path / "a.js").write_text("x")
    with pytest.raises(SeawallError, match="has no source map"):
        found(tmp_path / "a.js")
    with pytest.raises(SeawallError, match="no such file"):
        found(tmp_path / "b.js")


def test_maps_are_uploaded_listed_and_deleted(seawall, database_url):
    env = {"SEAWALL_DATABASE_URL": database_url}
    done = seawall("sourcemaps", "upload", str(BUILDS), "--release", "1", "--url-prefix", "~/js", "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert [one["url"] for one in json.loads(done.stdout)] == ["~/js/one/main.3f2a1b9c.js", "~/js/two/main.9b8c7d6e.js"]
    listed = json.loads(seawall("sourcemaps", "list", "--release", "1", "--json", env=env).stdout)
    assert len(listed) == 2
    assert "~/js/one/main.3f2a1b9c.js" in seawall("sourcemaps", "list", env=env).stdout
    assert "deleted 1 source maps" in seawall("sourcemaps", "delete", str(listed[0]["id"]), "--yes", env=env).stdout
    gone = seawall("sourcemaps", "delete", "--release", "1", "--yes", "--json", env=env)
    assert json.loads(gone.stdout) == {"deleted": 1}


def test_maps_without_a_debug_id_need_a_release(seawall):
    done = seawall("sourcemaps", "upload", str(BUILDS))
    assert done.returncode == 1
    assert "name the --release" in done.stderr


def test_nothing_is_deleted_without_saying_what(seawall):
    assert "say which" in seawall("sourcemaps", "delete", "--yes").stderr
