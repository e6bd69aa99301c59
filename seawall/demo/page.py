"""The web shop's page, for whoever opens it in a browser: its errors go to the gateway as those of any page."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

__all__ = ["VISITED", "serve_page"]

PAGE = Path(__file__).with_name("programs") / "page.html"
VISITED = "webshop-visited"  # its service: what people press is in no number that has to agree


@contextmanager
def serve_page(endpoints: Mapping[str, str], branch: str) -> Iterator[str | None]:
    """Serve it on loopback until the block ends; its address. None: there is no gateway with a key of ours."""
    dsn = endpoints.get("SEAWALL_DSN")
    if dsn is None:
        yield None
        return
    told = {
        "address": f"{endpoints['SEAWALL_GATEWAY_URL']}/v1/errors?key={urlsplit(dsn).username}",
        "service": f"{VISITED}-{branch}",
        "release": "webshop@1.1",
    }
    text = Template(PAGE.read_text(encoding="utf-8")).safe_substitute(TOLD=json.dumps(told)).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(text) if found else 0))
            self.end_headers()
            self.wfile.write(text if found else b"")

        def log_message(self, *_: object) -> None:
            """Not on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
