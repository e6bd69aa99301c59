"""What an event says of an exception."""

import json
import linecache
import sys
import zipfile

import pytest

import seawall_client


class Gone(Exception):
    pass


def raised(make):
    """The exception that a function raises."""
    try:
        make()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.fixture
def event_of(client, gateway):
    """The event of one exception."""

    def capture(error, fields=None, **options):
        made = client(**options)
        assert made.capture_exception(error, **(fields or {})) is not None
        assert made.flush(10)
        return gateway.wait()[-1]

    return capture


def test_the_basics(event_of):
    def fail():
        raise Gone("no such order")

    event = event_of(raised(fail), environment="staging", release="1.2", tags={"region": "eu"})
    assert event["error_type"] == "Gone"
    assert event["message"] == "no such order"
    assert (event["service"], event["environment"], event["release"]) == ("shop", "staging", "1.2")
    assert event["language"] == "python"
    assert event["tags"]["region"] == "eu"
    (exception,) = event["exception"]
    assert exception["module"] == __name__
    assert [frame["function"] for frame in exception["frames"]] == ["raised", "fail"]
    last = exception["frames"][-1]
    assert last["context"]["line"].strip() == 'raise Gone("no such order")'
    assert last["context"]["before"][-1].strip() == "def fail():"
    assert last["file"].endswith("test_client_events.py")


def test_a_cause_comes_before_what_it_led_to(event_of):
    def fail():
        try:
            {}["x"]
        except KeyError as error:
            raise Gone("order") from error

    first, last = event_of(raised(fail))["exception"]
    assert (first["type"], first["relation"], first["parent"]) == ("KeyError", "cause", last["id"])
    assert "parent" not in last


def test_a_context_is_one_unless_it_is_suppressed(event_of):
    def fail():
        try:
            {}["x"]
        except KeyError:
            raise Gone

    def suppress():
        try:
            {}["x"]
        except KeyError:
            raise Gone from None

    assert [one.get("relation") for one in event_of(raised(fail))["exception"]] == ["context", None]
    assert [one["type"] for one in event_of(raised(suppress))["exception"]] == ["Gone"]


def test_exceptions_that_refer_to_each_other_end(event_of):
    first, second = Gone("a"), Gone("b")
    first.__cause__, second.__cause__ = second, first
    assert [one["value"] for one in event_of(first)["exception"]] == ["b", "a"]


def test_both_ends_of_a_long_chain_are_kept(event_of):
    error = Gone("0")
    for number in range(1, 3_000):
        after = Gone(str(number))
        after.__cause__ = error
        error = after
    chain = event_of(error)["exception"]
    assert len(chain) == 20
    assert chain[-1]["value"] == "2999"


def test_both_ends_of_a_deep_stack_are_kept(event_of):
    def dive(depth):
        return 1 / 0 if depth == 0 else dive(depth - 1)

    frames = event_of(raised(lambda: dive(300)))["exception"][0]["frames"]
    assert len(frames) == 100
    assert frames[0]["function"] == "raised"
    assert frames[-1]["context"]["line"].strip().startswith("return 1 / 0")


def groups():
    found = [ExceptionGroup] if sys.version_info >= (3, 11) else []
    try:
        from exceptiongroup import ExceptionGroup as Backport
    except ImportError:
        return found
    return [*found, Backport] if Backport not in found else found


@pytest.mark.parametrize("group", groups())
def test_members_of_a_group_belong_to_it(event_of, group):
    def fail():
        members = [raised(lambda: {}["x"]), group("inner", [ValueError("y")]), raised(lambda: 1 / 0)]
        raise group("two failed", members)

    chain = event_of(raised(fail))["exception"]
    told = {one["value"].partition(" (")[0]: one for one in chain}
    outer = chain[-1]
    assert outer["is_group"] is True
    assert told["'x'"]["parent"] == outer["id"]
    assert told["'x'"]["relation"] == "member"
    assert told["y"]["parent"] == told["inner"]["id"]
    assert told["division by zero"]["frames"]


def test_notes_are_told_below_the_message(event_of):
    error = Gone("no such order")
    error.__notes__ = ["order 7", "asked by the nightly job"]
    assert event_of(error)["exception"][0]["value"] == "no such order\norder 7\nasked by the nightly job"


def test_types_of_python_have_no_module(event_of):
    assert "module" not in event_of(KeyError("x"))["exception"][0]


def test_where_an_expression_begins(event_of):
    def fail():
        return len([]) + {}["x"]

    frame = event_of(raised(fail))["exception"][0]["frames"][-1]
    if sys.version_info >= (3, 11):
        line = linecache.getline(frame["abs_path"], frame["line"])
        assert line[frame["column"] - 1 :].startswith('{}["x"]')
    else:
        assert "column" not in frame


def test_what_is_the_services_own_and_what_a_librarys(event_of, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "site-packages").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    (tmp_path / "site-packages" / "somelib.py").write_text("def call(function):\n    return function()\n")
    (tmp_path / "ownapp.py").write_text("import json, somelib\ndef run():\n    somelib.call(lambda: json.loads('{'))\n")
    import ownapp

    frames = event_of(raised(ownapp.run), project_root=str(tmp_path))["exception"][-1]["frames"]
    told = [(frame["module"], frame.get("in_app"), frame.get("package")) for frame in frames]
    assert told[1:5] == [
        ("ownapp", True, None),
        ("somelib", False, "somelib"),
        ("ownapp", True, None),
        ("json", False, None),
    ]
    assert frames[1]["file"] == "ownapp.py"
    assert frames[2]["file"] == "somelib.py"


def test_modules_may_be_named_as_own_or_not(event_of):
    own = event_of(raised(lambda: json.loads("{")), in_app_include=["json"], in_app_exclude=[__name__])
    told = {frame["module"]: frame["in_app"] for frame in own["exception"][0]["frames"]}
    assert told == {__name__: False, "json": True, "json.decoder": True}


def test_source_in_an_archive_is_found(event_of, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packedmodule.py", "def fail():\n    raise LookupError('packed')\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    import packedmodule

    frame = event_of(raised(packedmodule.fail))["exception"][0]["frames"][-1]
    assert frame["context"]["line"].strip() == "raise LookupError('packed')"


def test_source_lines_can_be_left_out(event_of):
    event = event_of(raised(lambda: 1 / 0), source_lines=-1)
    assert not any("context" in frame for frame in event["exception"][0]["frames"])


def test_local_variables_only_where_they_are_asked_for(event_of):
    def fail():
        order, password = {"id": 7, "lines": list(range(100))}, "hunter2"
        raise Gone(len(order), len(password))

    error = raised(fail)
    assert not any("locals" in frame for frame in event_of(error)["exception"][0]["frames"])
    seawall_client.close()
    told = event_of(raised(fail), frame_locals=True, project_root=__file__.rpartition("/")[0])
    variables = told["exception"][0]["frames"][-1]["locals"]
    assert variables["order"]["id"] == 7
    assert variables["order"]["lines"][-1] == "… 90 more"
    assert variables["password"] == "[password]"


def test_frames_of_the_client_itself_are_left_out(event_of):
    watched = seawall_client.capture(lambda: {}["x"])
    frames = event_of(raised(watched))["exception"][0]["frames"]
    assert [frame["function"] for frame in frames] == ["raised", "<lambda>"]


def test_code_without_a_file(event_of):
    event = event_of(raised(lambda: exec("1 / 0", {})))
    frame = event["exception"][0]["frames"][-1]
    assert frame["file"] == "<string>"
    assert "context" not in frame


def test_given_fields_count_more(event_of):
    fields = {"severity": "critical", "message": "mine", "transaction": "POST /pay", "user": {"id": 7, "plan": "free"}}
    event = event_of(Gone("x"), {**fields, "nonsense": [1]})
    assert (event["severity"], event["message"], event["transaction"]) == ("critical", "mine", "POST /pay")
    assert event["user_id"] == "7"
    assert event["extra"]["user"]["plan"] == "free"
    assert event["extra"]["nonsense"] == [1]


def test_a_hand_made_event_is_made_to_fit(client, gateway):
    made = client()
    event = {
        "message": 17,
        "severity": "FATAL",
        "tags": {"a": 1, "b": None},
        "exception": {"type": "Oops", "frames": [{"function": "f", "line": "x", "who": 1}, None], "color": "red"},
        "fingerprint": "one",
        "line_number": -1,
        "request": {"url": "/x", "headers": {"n": 1}, "cookies": "c"},
    }
    assert made.capture_event(event)
    made.flush(10)
    (told,) = gateway.wait()
    assert (told["message"], told["severity"], told["fingerprint"]) == ("17", "critical", ["one"])
    assert told["tags"]["a"] == "1"
    assert told["exception"] == [{"type": "Oops", "frames": [{"function": "f"}]}]
    assert told["request"] == {"url": "/x", "headers": {"n": "1"}}


def test_an_event_is_never_larger_than_brokers_take(event_of):
    def dive(depth, _big="x" * 10):
        return 1 / 0 if depth == 0 else dive(depth - 1)

    error = raised(lambda: dive(200))
    for _ in range(25):
        after = raised(lambda: dive(200))
        after.__cause__ = error
        error = after
    event = event_of(error, {"extra": {"big": ["y" * 4_000] * 100}})
    assert len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()) <= 500_000
    assert event["exception"][-1]["frames"][-1]["function"] == "dive"
