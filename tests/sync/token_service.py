"""A token service as Firebase's, on loopback: answers from a script, else makes unsigned tokens that count up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sync.emulator import unsigned_token


class TokenService:
    """``answers``: (status, body or text) for the next requests. ``lifetime``: what ``expires_in`` says, in seconds."""

    def __init__(self, uid: str = "u1", project: str = "demo-facturepro") -> None:
        self.uid, self.project = uid, project
        self.lifetime: object = "3600"
        self.answers: list[tuple[int, Any]] = []
        self.forms: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.made: list[str] = []
        self.rotates = False
        self.gate = threading.Event()
        self.gate.set()
        self.endpoint = ""

    def refused(self, message: str, status: int = 400) -> None:
        self.answers.append((status, {"error": {"code": status, "message": message}}))

    def answer(self) -> tuple[int, Any]:
        self.gate.wait(10)
        if self.answers:
            return self.answers.pop(0)
        number = len(self.made) + 1
        token = unsigned_token(self.uid, self.project, f"{number}@example.test")
        self.made.append(token)
        refresh_token = f"refresh-{number}" if self.rotates else self.forms[-1]["refresh_token"]
        body = {"id_token": token, "access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}
        return 200, body | {"refresh_token": refresh_token, "user_id": self.uid, "project_id": "1"}


@contextmanager
def running(**values: Any) -> Iterator[TokenService]:
    service = TokenService(**values)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            service.forms.append({name: found[0] for name, found in parse_qs(form).items()})
            service.paths.append(self.path)
            status, body = service.answer()
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing on the test run's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    service.endpoint = f"http://127.0.0.1:{server.server_address[1]}/securetoken.googleapis.com/v1/token"
    try:
        yield service
    finally:
        service.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def key_of(path: str) -> str:
    return parse_qs(urlsplit(path).query)["key"][0]
