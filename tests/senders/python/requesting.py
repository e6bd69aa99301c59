"""Requests to a service in this process, as a client of it makes them."""

import urllib.error
import urllib.parse
import urllib.request

import told


def request(port, text):
    asked = f"http://127.0.0.1:{port}/items?text={urllib.parse.quote(text)}"
    try:
        urllib.request.urlopen(urllib.request.Request(asked, headers=told.TRACE_HEADERS), timeout=30).read()
    except urllib.error.HTTPError as error:
        assert error.code == 500, error
