"""What records of the topic of releases say, whoever wrote them; and hostile ones."""

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reasons import DeadReason
from models.release import MAX_COMMITS, MAX_RELEASE, MAX_SUBJECT, MAX_URL, Commit, Release
from rules.masking import Masker
from rules.normalizing.draft import Unreadable
from rules.releases import MAX_RELEASES, parse_releases

NOW = 1_750_075_200.0
SHA = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2"
MASK = Masker().mask_text


def read(value, mask=MASK) -> list[Release]:
    return parse_releases(value if isinstance(value, bytes) else orjson.dumps(value), NOW, mask)


OWN = {
    "service": "shop", "release": "shop@1.4.2", "environment": "production", "commit": SHA.upper(), "previous": "1.4.1",
    "at": "2025-06-16T11:00:00Z", "url": "https://ci.test/7", "author": "Ann Example <ann@example.com>",
    "commits": [
        {"id": SHA, "message": "Fix the cart\n\nFor long.", "author": {"name": "Bo", "email": "bo@x.test"}, "timestamp": NOW},
        "0123456",
        {"sha": "no hash"},
        5,
    ],
}  # fmt: skip
READ = Release(
    service="shop", release="shop@1.4.2", environment="production", commit=SHA, previous="1.4.1", at=NOW - 3600,
    url="https://ci.test/7", author="Ann Example",
    commits=(Commit(id=SHA, subject="Fix the cart", author="Bo", at=NOW), Commit(id="0123456")),
)  # fmt: skip
SENTRY = {
    "version": "2.4.1", "ref": "main", "url": "https://github.test/acme/shop/releases/2.4.1", "projects": ["web", {"slug": "api"}],
    "dateReleased": "2025-06-16T11:00:00.000Z", "refs": [{"repository": "acme/shop", "commit": SHA, "previousCommit": "f" * 40}],
    "commits": [{"id": SHA, "message": "Fix", "author_name": "Jane", "author_email": "jane@example.com", "timestamp": "2025-06-16T10:00:00Z"}],
}  # fmt: skip
GITHUB_RELEASE = {
    "action": "published", "repository": {"name": "shop", "full_name": "acme/shop"},
    "release": {
        "tag_name": "v1.5.0", "target_commitish": "main", "draft": False, "published_at": "2025-06-16T11:00:00Z",
        "html_url": "https://github.test/acme/shop/releases/tag/v1.5.0", "author": {"login": "ann"},
    },
}  # fmt: skip
GITHUB_DEPLOYMENT = {
    "action": "created", "repository": {"name": "shop"},
    "deployment_status": {"state": "success", "created_at": "2025-06-16T11:00:00Z", "log_url": "https://ci.test/9"},
    "deployment": {"sha": SHA, "ref": "main", "environment": "production", "creator": {"login": "bo"}, "payload": ""},
}  # fmt: skip
GITLAB_DEPLOYMENT = {
    "object_kind": "deployment", "status": "success", "status_changed_at": "2025-06-16 13:00:00 +0200", "environment": "staging",
    "deployable_url": "https://gitlab.test/acme/shop/-/jobs/796", "project": {"name": "The Shop", "path_with_namespace": "acme/shop"},
    "short_sha": SHA[:8], "user": {"name": "Ann", "username": "ann", "email": "ann@example.com"}, "ref": "v1.5.0",
    "commit_url": f"https://gitlab.test/acme/shop/-/commit/{SHA}", "commit_title": "Fix",
}  # fmt: skip
GITLAB_RELEASE = {
    "object_kind": "release", "action": "create", "tag": "v1.1", "name": "v1.1", "released_at": "2025-06-16 11:00:00 UTC",
    "project": {"path_with_namespace": "acme/shop"}, "url": "https://gitlab.test/acme/shop/-/releases/v1.1",
    "commit": {"id": SHA, "message": "Release v1.1", "author": {"name": "Ann", "email": "ann@example.com"}},
}  # fmt: skip


def some(service="shop", **fields) -> Release:
    return Release(service=service, at=NOW - 3600, **fields)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (OWN, [READ]),
        ({"specversion": "1.0", "type": "release", "data": OWN}, [READ]),
        ([OWN, {"service": "cart", "version": 7}], [READ, Release(service="cart", release="7", at=NOW)]),
        ({"services": ["a", "b", "a"], "release": "1"}, [Release(service=name, release="1", at=NOW) for name in "ab"]),
        (
            SENTRY,
            [
                some(
                    name, release="2.4.1", commit=SHA, url=SENTRY["url"],
                    commits=(Commit(id=SHA, subject="Fix", author="Jane", at=NOW - 7200),),
                )
                for name in ("web", "api")
            ],
        ),
        (GITHUB_RELEASE, [some(release="v1.5.0", url=GITHUB_RELEASE["release"]["html_url"], author="ann")]),
        (
            GITHUB_DEPLOYMENT,
            [some(release=SHA, environment="production", commit=SHA, url="https://ci.test/9", author="bo")],
        ),
        (
            {**GITHUB_DEPLOYMENT, "deployment": {**GITHUB_DEPLOYMENT["deployment"], "payload": {"version": "1.5"}}},
            [some(release="1.5", environment="production", commit=SHA, url="https://ci.test/9", author="bo")],
        ),
        (
            GITLAB_DEPLOYMENT,
            [some(release="v1.5.0", environment="staging", commit=SHA, url=GITLAB_DEPLOYMENT["deployable_url"], author="Ann")],
        ),
        (GITLAB_RELEASE, [some(release="v1.1", commit=SHA, url=GITLAB_RELEASE["url"], author="Ann")]),
    ],
    ids=["own", "cloudevents", "several", "services", "sentry", "github-release", "github-deployment", "github-version", "gitlab-deployment", "gitlab-release"],
)  # fmt: skip
def test_what_is_read(record, expected):
    assert read(record) == expected


@pytest.mark.parametrize(
    "record",
    [
        {**GITHUB_RELEASE, "action": "deleted"},
        {**GITHUB_RELEASE, "release": {**GITHUB_RELEASE["release"], "draft": True}},
        {**GITHUB_DEPLOYMENT, "deployment_status": {"state": "in_progress"}},
        {**GITLAB_DEPLOYMENT, "status": "failed"},
        {**GITLAB_RELEASE, "action": "delete"},
    ],
)
def test_what_is_not_out_is_passed_over(record):
    assert read(record) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"", DeadReason.EMPTY),
        (b"shop 1.4 is out", DeadReason.INVALID_JSON),
        (b"\x00\x01\x02\x03\x04", DeadReason.NOT_TEXT),
        ({}, DeadReason.NO_RELEASE),
        ([], DeadReason.NO_RELEASE),
        ({"service": "shop"}, DeadReason.NO_RELEASE),
        ({"release": "1"}, DeadReason.NO_RELEASE),
        ({"service": ["shop", {}], "release": {"a": 1}}, DeadReason.NO_RELEASE),
        (5, DeadReason.NO_RELEASE),
        ([{"service": f"s{n}", "release": "1"} for n in range(MAX_RELEASES + 1)], DeadReason.NO_RELEASE),
        ({"service": [f"s{n}" for n in range(MAX_RELEASES)], "release": "1"}, None),
    ],
)
def test_what_cannot_be_read_says_why(record, reason):
    if reason is None:
        assert len(read(record)) == MAX_RELEASES
        return
    with pytest.raises(Unreadable) as caught:
        read(record)
    assert caught.value.reason is reason


@pytest.mark.parametrize("at", ["2999-01-01", -5, "soon", 1e30, True, None, {"a": 1}])
def test_a_time_that_cannot_be_is_when_it_came(at):
    assert read({**OWN, "at": at})[0].at == NOW


@pytest.mark.parametrize(
    ("author", "kept"),
    [("ann@example.com", "ann"), ("<ann@example.com>", "ann"), ("Ann <a@b.test>", "Ann"), ({"email": "bo@x.test"}, "bo"), (7, None), ([], None)],
)  # fmt: skip
def test_addresses_are_not_kept(author, kept):
    assert read({**OWN, "author": author})[0].author == kept


def test_secrets_are_masked():
    token = "ghp_" + "a1B2" * 9
    commits = [{"id": SHA, "subject": f"Use {token}", "author": token}]
    [release] = read(
        {**OWN, "url": f"https://ann:{'hunter2'}@ci.test/?token={token}", "author": token, "commits": commits}
    )
    assert token.encode() not in msgspec.json.encode(release)
    assert b"hunter2" not in msgspec.json.encode(release)


def test_all_of_it_is_bounded():
    long = "x" * 5_000
    commit = {"id": SHA, "subject": long[:2_000], "author": long[:500]}
    fields = dict.fromkeys(("service", "release", "environment", "previous", "url", "author"), long)
    [release] = read({**fields, "commits": [commit] * (MAX_COMMITS + 1)})
    assert len(release.commits) == MAX_COMMITS
    assert len(release.commits[0].subject) <= MAX_SUBJECT
    for name in ("service", "release", "environment", "previous", "author"):
        assert len(getattr(release, name)) <= MAX_RELEASE
    assert len(release.url) <= MAX_URL


SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
KEYS = st.sampled_from(
    sorted(
        {*OWN, *SENTRY, *GITHUB_DEPLOYMENT, *GITHUB_RELEASE, *GITLAB_DEPLOYMENT, *GITLAB_RELEASE, "specversion", "data"}
    )
)
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.sampled_from(["state", "sha", "ref", "id", "name", "email"]), inner, max_size=4), max_leaves=12)  # fmt: skip


@given(st.dictionaries(KEYS, VALUE, max_size=10) | VALUE)
def test_whatever_comes_is_read_or_refused(record):
    try:
        raw = orjson.dumps(record)
    except (orjson.JSONEncodeError, TypeError):
        return
    try:
        releases = read(raw, mask=str)
    except Unreadable:
        return
    for release in releases:
        assert release.service
        assert release.release
        assert 0 < release.at <= NOW + 86_400
        assert "\x00" not in msgspec.json.encode(release).decode()
