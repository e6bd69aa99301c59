"""Enrichment: the catalogue, Backstage, places, releases, and what an event gets of them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.enriching import Enricher, EnrichmentData
from rules.enriching.backstage import parse_entities, services_of
from rules.enriching.catalogue import Catalogue, merged, parse_catalogue
from rules.enriching.codeowners import parse_codeowners
from rules.enriching.enricher import CodeOf
from rules.enriching.ownership import parse_ownership
from rules.enriching.places import place_finder
from rules.rulefile import RuleFileError, load

CATALOGUE = """
services:
  shop:
    team: payments
    tier: 1
    runbook: https://wiki.test/shop
    repository: https://github.com/acme/shop
    clone: /srv/git/shop
    dependencies: [postgres, "pay-api"]
    links: {dashboard: "https://grafana.test/d/1"}
  "cart-*": {team: carts, tier: gold, dependencies: redis}
"""
SHOP = {
    "team": "payments",
    "tier": 1,
    "runbook": "https://wiki.test/shop",
    "repository": "https://github.com/acme/shop",
    "dependencies": ["postgres", "pay-api"],
    "links": {"dashboard": "https://grafana.test/d/1"},
}


def test_a_catalogue_of_ones_own():
    catalogue = Catalogue(parse_catalogue(CATALOGUE, "services.yaml"))
    assert catalogue.find("Shop") == {**SHOP, "clone": "/srv/git/shop"}
    assert catalogue.find("cart-eu") == {"team": "carts", "tier": "gold", "dependencies": ["redis"]}
    assert catalogue.find("cart") == {}
    assert len(catalogue) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("services:\n  shop: {teem: x}", "s.yaml:2:10: unknown key `teem`; did you mean `team`?"),
        ("services:\n  shop: {team: 5}", "s.yaml:2:16: must be text, not `5`; write it in quotes"),
        ("- a", "s.yaml:1:1: the file must be a mapping with the key `services:`"),
        ("servces: {}", "s.yaml:1:1: unknown key `servces`; did you mean `services`?"),
        ("services: [", "s.yaml:1:12: not YAML: expected the node content, but found '<stream end>'"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_place(text, told):
    with pytest.raises(RuleFileError) as caught:
        parse_catalogue(text, "s.yaml")
    assert caught.value.lines() == [told]


BACKSTAGE = """# the shop
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations:
    github.com/project-slug: acme/shop
    seawall/tier: "1"
  links:
    - {url: "https://wiki.test/shop", title: Runbook}
    - {url: "https://grafana.test/d/1", title: Dashboard}
    - {title: no url}
spec:
  type: service
  lifecycle: production
  system: checkout
  dependsOn: ["resource:default/postgres", "component:pay-api"]
  consumesApis: [pay-api]
---
kind: Component
metadata: {name: jobs, annotations: {backstage.io/source-location: "url:https://git.test/jobs/"}}
spec: {owner: "user:ann", system: "other"}
--- # the rest
kind: System
metadata: {name: checkout, title: Check-out}
spec: {owner: "group:default/payments"}
---
kind: Group
metadata: {name: payments}
spec: {profile: {displayName: Payments & Co}}
---
kind: User
metadata: {name: ann}
spec: {memberOf: [payments]}
---
kind: Resource
metadata: {name: postgres}
---
kind: Component
metadata: {name: alone}
spec: {owner: unknown-team}
"""


def test_backstage():
    services = services_of(parse_entities(BACKSTAGE, "catalog-info.yaml"))
    assert services == {
        "shop": {
            "team": "Payments & Co",
            "tier": 1,
            "system": "Check-out",
            "lifecycle": "production",
            "repository": "https://github.com/acme/shop",
            "runbook": "https://wiki.test/shop",
            "links": {"Runbook": "https://wiki.test/shop", "Dashboard": "https://grafana.test/d/1"},
            "dependencies": ["postgres", "pay-api"],
        },
        "jobs": {"owner": "@ann", "team": "Payments & Co", "system": "other", "repository": "https://git.test/jobs"},
        "alone": {"team": "unknown-team"},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: Component\nmetadata: {}", "c.yaml:1:1: `metadata.name` of a Component is missing, or no name"),
        ("kind: API\n---\nmetadata: {}", "c.yaml:2:1: `kind` is missing"),
        ("kind: API\n---\n\nkind: [", "c.yaml:4:8: not YAML: expected the node content, but found '<stream end>'"),
        ("kind: API\n---\n- a", "c.yaml:2:1: an entity must be a mapping with `kind:` and `metadata:`"),
    ],
)
def test_a_wrong_entity_is_refused_with_its_place(text, told):
    with pytest.raises(RuleFileError) as caught:
        parse_entities(text, "c.yaml")
    assert caught.value.lines() == [told]


YAMLISH = st.recursive(
    st.sampled_from(["Component", "shop", "1", "[]", "~", "User", "user:a"]),
    lambda inner: st.lists(inner, max_size=2).map(lambda items: "[" + ", ".join(items) + "]")
    | st.dictionaries(
        st.sampled_from(["kind", "metadata", "name", "spec", "owner", "system", "links", "url", "memberOf", "annotations"]),
        inner, max_size=4,
    ).map(lambda made: "{" + ", ".join(f"{key}: {value}" for key, value in made.items()) + "}"),
)  # fmt: skip


@given(st.lists(YAMLISH, min_size=1, max_size=3))
def test_no_file_does_anything_but_load_or_be_refused(documents):
    text = "\n---\n".join(
        ["{kind: Component, metadata: {name: a}, spec: " + one + "}" for one in documents] + documents
    )
    for read in (lambda: services_of(parse_entities(text, "c")), lambda: parse_catalogue(documents[0], "s")):
        refused = None
        try:
            read()
        except RuleFileError as problem:
            refused = problem
        assert refused is None or refused.problems


def test_catalogues_add_to_each_other_and_the_first_stands():
    found = merged([{"shop": {"team": "a"}}, {"shop": {"team": "b", "tier": 1}, "cart": {"team": "c"}}])
    assert found.find("shop") == {"team": "a", "tier": 1}
    assert found.find("cart") == {"team": "c"}


RECORDS = {
    "203.0.114.9": {
        "continent": {"code": "EU"},
        "country": {"iso_code": "DE", "names": {"en": "Germany"}},
        "subdivisions": [{"names": {"en": "Hamburg"}}],
        "city": {"names": {"de": "Hamburg", "en": "Hamburg"}},
    },
    "2a00::1": {"registered_country": {"iso_code": "FR"}, "city": {"names": {}}},
    "1.1.1.1": {"country": "broken", "subdivisions": {}, "city": 5},
    "8.8.8.8": "broken",
}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.114.9", {"continent": "EU", "country": "DE", "region": "Hamburg", "city": "Hamburg"}),
        ("2a00::1", {"country": "FR"}),
        ("1.1.1.1", {}),
        ("8.8.8.8", {}),
        ("9.9.9.9", {}),
        ("10.0.0.1", {}),
        ("127.0.0.1", {}),
        ("[ip]", {}),
        ("", {}),
    ],
)
def test_places(address, expected):
    assert place_finder(RECORDS.get)(address) == expected


def test_an_address_that_the_database_does_not_take_has_no_place():
    def find(_):
        raise ValueError("an IPv6 address in a database of IPv4")

    assert place_finder(find)("2a00::1") == {}


def data(**more) -> EnrichmentData:
    code, _ = parse_codeowners("* @everybody\n/shop/ @pay\n/shop/free/")
    jobs, _ = parse_codeowners("* @jobs")
    rules, _ = parse_ownership(["tags.vip:yes #vip"])
    given = {
        "catalogue": Catalogue(parse_catalogue(CATALOGUE, "s")),
        "code": [CodeOf("CODEOWNERS", code, strip=["/app/"]), CodeOf("jobs/CODEOWNERS", jobs, services=["jobs-*"])],
        "owners": rules,
        "place": place_finder(RECORDS.get),
        "releases": {
            ("shop", "", "2.0"): {"commit": "abc", "at": "2026-01-31T12:00:00Z"},
            ("shop", "staging", "2.0"): {"commit": "def"},
        },
    }
    return EnrichmentData(**{**given, **more})


def enriched(draft: dict, users=None, **more) -> dict:
    enricher = Enricher(data(**more))
    enricher.enrich(draft, enricher.hints(draft), users or {})
    return draft


def frames(*files: str) -> list:
    return [{"frames": [{"file": file, "in_app": True} for file in files]}]


def test_all_that_is_known():
    draft = {
        "service": "shop",
        "release": "2.0",
        "user_id": "u1",
        "exception": frames("/app/main.py", "/app/shop/pay.py"),
        "extra": {"user": {"ip_address": "203.0.114.9"}},
    }
    made = enriched(draft, users={"u1": {"plan": "gold"}, "u2": {"plan": "free"}})
    assert made["enrichment"] == {
        **SHOP,
        "owner": "@pay",
        "owners": ["@pay"],
        "owned_by": "CODEOWNERS: /shop/",
        "release": {"commit": "abc", "at": "2026-01-31T12:00:00Z"},
        "geo": {"continent": "EU", "country": "DE", "region": "Hamburg", "city": "Hamburg"},
        "user": {"plan": "gold"},
    }
    assert made["commit"] == "abc"
    assert "203.0.114.9" not in str(made["enrichment"])


def test_nothing_is_known():
    assert enriched({"service": "other"}, code=[]) == {"service": "other"}
    empty: dict = {}
    Enricher(EnrichmentData()).enrich(empty)
    assert empty == {}


@pytest.mark.parametrize(
    ("draft", "owner", "why"),
    [
        ({"exception": frames("/app/shop/free/a.py")}, None, None),
        ({"exception": frames("/app/a.py", "/app/shop/free/a.py")}, "@everybody", "CODEOWNERS: *"),
        ({"exception": frames("/app/shop/a.py"), "tags": {"vip": "yes"}}, "#vip", "tags.vip:yes #vip"),
        ({"exception": frames("/app/shop/a.py"), "service": "jobs-eu"}, "@jobs", "jobs/CODEOWNERS: *"),
        ({"message": "x"}, None, None),
    ],
)
def test_owners(draft, owner, why):
    made = enriched(draft).get("enrichment", {})
    assert (made.get("owner"), made.get("owned_by")) == (owner, why)


@pytest.mark.parametrize(
    ("draft", "commit"),
    [
        ({"release": "2.0"}, "abc"),
        ({"release": "2.0", "environment": "staging"}, "def"),
        ({"release": "2.0", "environment": "production"}, "abc"),
        ({"release": "2.1"}, None),
        ({"release": "2.0", "commit": "own"}, "own"),
        ({"release": "2.0", "service": "cart"}, None),
        ({}, None),
    ],
)
def test_releases(draft, commit):
    assert enriched({"service": "shop", **draft}).get("commit") == commit


def test_the_address_and_the_user_are_taken_before_masking():
    draft = {
        "service": "x",
        "user_id": "ann@acme.test",
        "request": {"headers": {"x-forwarded-for": "203.0.114.9, 10.0.0.1"}},
    }
    enricher = Enricher(data(code=[]))
    made = {"service": "x", "user_id": "[email]"}
    enricher.enrich(made, enricher.hints(draft), {"ann@acme.test": {"plan": "gold"}})
    assert made["enrichment"] == {
        "geo": {"continent": "EU", "country": "DE", "region": "Hamburg", "city": "Hamburg"},
        "user": {"plan": "gold"},
    }
    assert made["user_id"] == "[email]"


SECTION = """
enrichment:
  services: services.yaml
  backstage: "*/catalog-info.yaml"
  codeowners:
    - {file: CODEOWNERS, service: "shop*", strip: /app/, prefix: back/}
  owners: |
    path:src/* #src
    url:*checkout* @pay
  geoip: GeoLite2-City.mmdb
  users: {url: "http://users.test/find", fields: [plan, country], timeout_ms: 200}
"""


def test_the_section_of_the_rule_file():
    rules = load(SECTION, "rules.yaml").enrichment
    assert rules.files == ["services.yaml", "*/catalog-info.yaml", "CODEOWNERS", "GeoLite2-City.mmdb"]
    assert rules.owners == ("path:src/* #src", "url:*checkout* @pay")
    assert rules.users.fields == ("plan", "country")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("enrichment: {owners: ['path:a @a', 'b']}", "1:22: line 2 of it: `b` is no matcher: path:, module:, url: or tags.<name>: and a pattern"),
        ("enrichment: {users: {url: 'ftp://x', fields: a}}", "1:28: must begin with http:// or https://"),
        ("enrichment: {users: {url: 'http://x'}}", "1:21: `fields` is missing"),
        ("enrichment: {codeowners: [{file: x, syntax: git}]}", "1:45: `git` is none of github, gitlab"),
        ("enrichment: {service: x}", "1:14: unknown key `service`; did you mean `services`?"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_place(text, told):
    with pytest.raises(RuleFileError) as caught:
        load(text, "rules.yaml")
    [problem] = caught.value.problems
    assert f"{problem.line}:{problem.column}: {problem.message}".startswith(told)
