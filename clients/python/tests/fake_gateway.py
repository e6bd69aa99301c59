"""A gateway that holds the client to the contract in the manual: what breaks it is noted, and fails the test."""

import gzip
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from jsonschema import Draft202012Validator

KEY = "s3cr3t-key"
PROJECT = "shop"
SCHEMA = Path(__file__).parents[3] / "docs/schema/error-event.schema.json"
MAX_BODY = 4_000_000
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))) if SCHEMA.exists() else None


class Gateway:
    """Takes events at `dsn`. `answers` are given to the next requests instead of 202: (status, headers), or "reset"."""

    def __init__(self, key=KEY):
        self.key = key
        self.events = []
        self.batches = []
        self.requests = 0
        self.connections = 0
        self.broken = []
        self.answers = []
        self.gate = threading.Event()  # cleared: no request is answered
        self.gate.set()
        self.most_events = 1_000
        self._lock = threading.Lock()
        self._server = None
        self._kept = None  # keeps the port while nobody listens: connections are refused, and nobody else gets it
        self.port = 0

    def start(self):
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                gateway.connections += 1

            def do_POST(self):
                gateway._post(self)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        self._let_go()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(("127.0.0.1", self.port))

    def end(self):
        self.stop()
        self._let_go()

    def _let_go(self):
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    @property
    def dsn(self):
        return f"http://{self.key}@127.0.0.1:{self.port}/{PROJECT}"

    def wait(self, count=1, timeout=30.0):
        """The events, once there are so many."""
        ends = time.monotonic() + timeout
        while len(self.events) < count:
            assert time.monotonic() < ends, f"{len(self.events)} of {count} events after {timeout} s"
            time.sleep(0.005)
        assert not self.broken, self.broken
        return list(self.events)

    def _post(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.gate.wait(60)
        with self._lock:
            self.requests += 1
            answer = self.answers.pop(0) if self.answers else None
        if answer == "reset":
            handler.close_connection = True
            handler.connection.close()
            return
        if handler.headers.get("Authorization") != f"Bearer {self.key}":
            answer = answer or (401, {})
        status, headers = answer or (202, {})
        ids = []
        if answer is None:
            events = self._read(handler, body)
            if len(events) > self.most_events:
                status = 413
            else:
                with self._lock:
                    self.events.extend(events)
                    self.batches.append(events)
                ids = [event.get("event_id") for event in events]
        self._answer(handler, status, headers, ids)

    def _answer(self, handler, status, headers, ids):
        said = json.dumps({"ids": ids} if status == 202 else {"error": {"status": status}}).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)

    def _read(self, handler, body):
        for name, value in (("Content-Type", "application/x-ndjson"), ("Content-Encoding", "gzip")):
            if handler.headers.get(name) != value:
                self.broken.append(f"{name}: {handler.headers.get(name)}")
        if handler.path != f"/{PROJECT}/v1/errors":
            self.broken.append(handler.path)
        text = gzip.decompress(body)
        if len(text) > MAX_BODY:
            self.broken.append(f"{len(text)} bytes")
        events = [
            json.loads(line, parse_constant=self.broken.append) for line in text.decode("utf-8").split("\n") if line
        ]
        for event in events:
            if VALIDATOR is not None:
                self.broken.extend(
                    f"{list(error.path)}: {error.message[:200]}" for error in VALIDATOR.iter_errors(event)
                )
        return events
