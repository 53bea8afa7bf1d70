"""An HTTP server that takes what is posted to it, callbacks for example."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Posted(NamedTuple):
    """A request; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers everything with 200, on a free port, until the context ends."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        came: queue.Queue[Posted] = queue.Queue()
        self.came = came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                came.put(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, path: str, seconds: float = 60) -> Posted:
        """The next request to that path; others are dropped."""
        while True:
            posted = self.came.get(timeout=seconds)
            if posted.path == path:
                return posted

    def close(self) -> None:
        """Frees the port."""
        self.server.shutdown()
        self.server.server_close()
