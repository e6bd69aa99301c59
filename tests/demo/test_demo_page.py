"""The web shop's page, which a browser may open: where it sends, and as whom."""

import urllib.error
import urllib.request

import pytest

from seawall.demo.page import serve_page

ENDPOINTS = {"SEAWALL_GATEWAY_URL": "http://127.0.0.1:8090", "SEAWALL_DSN": "http://0123abcd@127.0.0.1:8090/1"}


def test_the_page_sends_to_the_gateway_with_the_public_key_as_a_service_of_its_own() -> None:
    with serve_page(ENDPOINTS, "lisbon") as address:
        assert address is not None
        page = urllib.request.urlopen(address, timeout=10).read().decode()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}other", timeout=10)
    assert '"http://127.0.0.1:8090/v1/errors?key=0123abcd"' in page
    assert '"webshop-visited-lisbon"' in page


def test_without_a_key_of_ours_there_is_no_page() -> None:
    with serve_page({"SEAWALL_GATEWAY_URL": "http://127.0.0.1:8090"}, "lisbon") as address:
        assert address is None
