"""Callbacks of a gateway's queue, good and bad, over HTTP: each call ends, and what was wrong is said and counted."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from daemon import Client, Daemon, info

SCENARIO = """
name: callbacks
arrivals: {phases: [{seconds: 60, rate: 20}]}
service: {constant: 0.05}
deadline: {seconds: 5}
workers: {min: 1, max: 3, initial: 3}
retry: {max_attempts: 2, first_delay: 0.05, max_delay: 0.1, attempt_limit: 30}
step: 0.5
steps: 3
"""

STATUS = '{"name": "worker", "image": "i", "replicas": 3, "availableReplicas": 3}'


class Queue:
    """A gateway whose queue answers each call with a callback that has `headers`."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        # Of the callbacks, in order.
        self.answers: list[int] = []
        self.urls: list[str] = []

    def call(self, url: str) -> None:
        """Sends a callback after a moment, from a thread of its own."""
        self.urls.append(url)

        def later() -> None:
            time.sleep(0.05)
            request = urllib.request.Request(url, data=b'{"ok": 1}', headers=self.headers)
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    self.answers.append(answer.status)
            except urllib.error.HTTPError as error:
                self.answers.append(error.code)
            except OSError:
                # The daemon has ended meanwhile.
                pass

        threading.Thread(target=later, daemon=True).start()


@contextmanager
def _gateway(queue: Queue) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(200, STATUS.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/async-function/"):
                queue.call(self.headers["X-Callback-Url"])
            self.answer(202, b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _play(queue: Queue) -> tuple[dict, list[str], str]:
    """An episode on the queue: its totals, what the farm said, and why tasks failed."""
    notes: list[str] = []
    with _gateway(queue) as url:
        arguments = ["--gateway", url, "--functions", "worker", "--dispatch", "queue"]
        with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
            client.make(SCENARIO, action="target")
            client.reset()
            for _ in range(3):
                step = info(client.step())
                notes += step.get("notes", [])
            totals = {name: step["totals"][name] for name in ("emitted", "queued", "running", "done", "failed")}
            reasons = step["totals"]["failure_reasons"]
            assert totals["emitted"] == sum(totals[name] for name in ("queued", "running", "done", "failed"))
    return totals, notes, json.dumps(reasons)


def test_without_a_call_id() -> None:
    """nats-queue-worker#102: what tells a callback apart is its address."""
    queue = Queue()
    queue.headers = {"X-Function-Status": "200", "X-Duration-Seconds": "0.05"}
    totals, _, _ = _play(queue)
    assert totals["done"] >= 5 and totals["failed"] == 0, totals
    assert set(queue.answers) == {200}
    # Each call has its own.
    assert len(set(queue.urls)) == len(queue.urls)


def test_without_a_status() -> None:
    """faas-netes#820: such a callback ends its attempt at once, and the farm says what was wrong."""
    queue = Queue()
    queue.headers = {"X-Call-Id": "not-ours"}
    totals, notes, reasons = _play(queue)
    assert totals["done"] == 0 and totals["failed"] >= 2, totals
    assert json.loads(reasons) == {"no callback": totals["failed"]}
    assert set(queue.answers) == {400}
    assert any("X-Function-Status is missing" in note for note in notes), notes


def test_to_another_address() -> None:
    """faasd#312: what is no callback of a call is refused, and said."""
    queue = Queue()
    queue.headers = {"X-Function-Status": "200"}
    call = queue.call
    queue.call = lambda url: call(url + "-other")
    totals, notes, _ = _play(queue)
    assert totals["done"] == 0 and totals["running"] + totals["queued"] == totals["emitted"], totals
    assert set(queue.answers) == {404}
    assert any("requests to the callbacks' address were refused" in note for note in notes), notes
