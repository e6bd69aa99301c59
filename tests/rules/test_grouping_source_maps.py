"""Minified frames told as they were written."""

import copy
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.source_map import MapKey
from rules.grouping import group
from rules.grouping.compiled_map import CompiledMap
from rules.grouping.source_maps import Original, resolve, wanted
from rules.normalizing import normalize

BUILDS = Path(__file__).parents[1] / "fixtures" / "sourcemaps"
STACKS = {
    "one": ["c:149", ":80", "t.total:73", "n:234"],
    "two": ["i:149", ":80", "e.total:73", "p:339"],
}
HOST = "https://shop.example/static/js"


def script(build: str) -> str:
    return next(path.name for path in (BUILDS / build).iterdir() if path.suffix == ".js")


def compiled(build: str) -> CompiledMap:
    path = BUILDS / build / script(build)
    return CompiledMap(path.read_bytes(), path.with_name(f"{path.name}.map").read_bytes())


def event(build: str, **more) -> dict:
    lines = []
    for entry in STACKS[build]:
        function, _, column = entry.partition(":")
        place = f"{HOST}/{script(build)}:1:{column}"
        lines.append(f"    at {function} ({place})" if function else f"    at {place}")
    record = {
        "message": "\n".join(["TypeError: no price for tea", *lines]),
        "service": "shop",
        "release": build,
        **more,
    }
    (draft,) = normalize(orjson.dumps(record), {})
    return draft


def maps(build: str, url: str | None = None) -> dict:
    return {MapKey(release=build, url=url or f"~/static/js/{script(build)}"): compiled(build)}


def test_a_frame_gets_its_function_file_line_and_source():
    draft = event("one")
    assert resolve(draft, maps("one")) == 4
    frame = draft["exception"][0]["frames"][-1]
    assert (frame["function"], frame["file"], frame["line"], frame["column"]) == ("priceOf", "src/cart.js", 14, 11)
    assert frame["context"]["line"] == "    throw new TypeError(`no price for ${item.name}`);"
    assert frame["context"]["before"][-1] == "  if (item.price === undefined) {"
    assert frame["context"]["after"][0] == "  }"
    assert [one.get("function") for one in draft["exception"][0]["frames"]] == [
        "checkout",
        "Cart.total",
        None,
        "priceOf",
    ]
    assert draft["extra"]["minified_frames"]["0.3"] == f"c ({HOST}/main.3f2a1b9c.js:1:149)"


def test_two_builds_are_of_one_group_once_they_are_told():
    found = []
    for build in STACKS:
        draft = event(build)
        resolve(draft, maps(build))
        found.append(group(draft))
    assert found[0].fingerprint == found[1].fingerprint
    assert found[0].components[1:] == (
        "main.js|checkout|return new Cart(items).total();",
        "cart.js|total|return this.items.map((item) => priceOf(item)).reduce((sum, price) => sum + price, 0);",
        "cart.js|?|return this.items.map((item) => priceOf(item)).reduce((sum, price) => sum + price, 0);",
        "cart.js|priceOf|throw new TypeError(`no price for ${item.name}`);",
    )
    assert found[0].culprit == "cart.js.priceOf"


def test_without_maps_nothing_changes():
    draft = event("one")
    before = copy.deepcopy(draft)
    assert resolve(draft, {}) == 0
    assert resolve(draft, dict.fromkeys(wanted([draft]))) == 0
    assert draft == before


def test_what_is_wanted_is_found_by_address_with_and_without_host_dist_and_service():
    keys = wanted([event("one", tags={"dist": "7"})])
    name = f"{HOST}/{script('one')}"
    path = f"~/static/js/{script('one')}"
    assert keys == {
        MapKey(service=service, release="one", dist=dist, url=url)
        for service in ("shop", "")
        for dist in ("7", "")
        for url in (name, path)
    }


def test_debug_ids_come_first_and_need_no_release():
    draft = event("one")
    del draft["release"]
    assert wanted([draft]) == set()
    debug_id = "3f2a1b9c5d6e4f708a9b0c1d2e3f4a5b"
    image = {"type": "sourcemap", "code_file": f"{HOST}/{script('one')}?v=3", "debug_id": debug_id.upper()}
    draft["extra"] = {"debug_meta": {"images": [{"type": "macho"}, "x", image]}}
    assert wanted([draft]) == {MapKey(debug_id=debug_id)}
    assert resolve(draft, {MapKey(debug_id=debug_id): compiled("one")}) == 4


@pytest.mark.parametrize("language", ["python", None, "java"])
def test_events_of_other_languages_want_nothing(language):
    draft = event("one")
    draft["language"] = language
    assert wanted([draft]) == set()
    assert resolve(draft, maps("one")) == 0


@pytest.mark.parametrize(
    ("source", "file", "in_app"),
    [
        ("webpack:///./src/cart.js", "src/cart.js", True),
        ("webpack://shop/./node_modules/lodash/map.js", "node_modules/lodash/map.js", False),
        ("webpack:///webpack/bootstrap", "webpack/bootstrap", False),
        ("../../src/cart.ts", "src/cart.ts", True),
    ],
)
def test_sources_are_named_without_what_bundlers_add_and_libraries_are_none_of_the_app(source, file, in_app):
    class One:
        def lookup(self, line, column):
            return Original(source, 3, 4, None, [], None, [])

    frame = {"function": "t", "file": f"{HOST}/a.js", "line": 1, "column": 2, "in_app": True, "module": "a"}
    draft = {"language": "javascript", "release": "1", "exception": [{"type": "E", "frames": [frame]}]}
    assert resolve(draft, {MapKey(release="1", url="~/static/js/a.js"): One()}) == 1
    assert frame == {"file": file, "line": 3, "column": 4, "in_app": in_app}


@pytest.mark.parametrize("text", [b"", b"nonsense", b"[]", b'{"version":3,"sources":[],"names":[],"mappings":"!!!"}'])
def test_what_is_no_map_is_refused(text):
    with pytest.raises(ValueError, match="no source map"):
        CompiledMap(b"x", text)


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_any_place_is_looked_up(line, column):
    compiled_once.lookup(line, column)


compiled_once = compiled("one")
