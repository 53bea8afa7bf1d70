"""The gateway that the contract is held against: FaaSFarm's own, or the one that FAASFARM_GATEWAY names."""

import base64
import json
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("FAASFARM_BIN", ROOT / ".build" / "debug" / "faasfarm"))
DEADLINE = 60.0


class Answer(NamedTuple):
    """What came back of a request; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Untouched(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to whoever asked."""

    def redirect_request(self, *_: Any) -> None:
        """Follows none."""
        return None


_OPENER = urllib.request.build_opener(_Untouched, urllib.request.ProxyHandler({}))


class Gateway:
    """A gateway and its login, with a function `worker` and one that takes a call at a time, `limited`."""

    def __init__(self, url: str, password: str, *, is_real: bool) -> None:
        self.url = url.rstrip("/")
        self.password = password
        self.is_real = is_real
        self.names = {
            "worker": "contract-worker",
            "limited": "contract-limited",
            "namespace": os.environ.get("FAASFARM_NAMESPACE", "openfaas-fn"),
            "image": os.environ.get("FAASFARM_IMAGE", "faasfarm/worker"),
            "process": os.environ.get("FAASFARM_PROCESS", "" if is_real else f"{BINARY} worker"),
        }

    def fill(self, value: Any) -> Any:
        """The value with the names in braces replaced."""
        if isinstance(value, str):
            for name, text in self.names.items():
                value = value.replace("{" + name + "}", text)
            return value
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return value

    def send(self, request: list[Any], *, login: str = "right", headers: dict[str, str] | None = None) -> Answer:
        """Sends a method, a path and perhaps a body: a text as it is, anything else as JSON."""
        method, path, *rest = request
        body = rest[0] if rest else None
        if isinstance(body, dict) and "fill" in body:
            data = b"x" * body["fill"]
        elif body is None or isinstance(body, str):
            data = None if body is None else body.encode()
        else:
            data = json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if login != "none":
            secret = self.password if login == "right" else "wrong"
            sent["Authorization"] = "Basic " + base64.b64encode(f"admin:{secret}".encode()).decode()
        call = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        try:
            with _OPENER.open(call, timeout=DEADLINE) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())

    def deploy(self) -> None:
        """Deploys both functions and waits until they are ready and listen, which is not the same."""
        variables = {"healthcheck_interval": "1s", "write_timeout": "60s", "exec_timeout": "60s"}
        for name, own in (("worker", {}), ("limited", {"max_inflight": "1", "exec_timeout": "1s"})):
            body = {"service": "{" + name + "}", "image": "{image}", "envProcess": "{process}"}
            body["envVars"] = {**variables, **own}
            answer = self.send(self.fill(["POST", "/system/functions", body]))
            assert answer.status in (200, 202), answer
        for name in ("worker", "limited"):
            until(lambda name=name: self._is_ready(self.names[name]), f"{name} is ready")
            until(lambda name=name: self._answers(self.names[name]), f"{name} answers")

    def _is_ready(self, name: str) -> bool:
        answer = self.send(["GET", f"/system/function/{name}"])
        return answer.status == 200 and json.loads(answer.body).get("availableReplicas", 0) > 0

    def _answers(self, name: str) -> bool:
        return self.send(["POST", f"/function/{name}", {"ms": 1}], login="none").status == 200

    def clean(self) -> None:
        """Deletes what the contract deployed."""
        for name in (self.names["worker"], self.names["limited"], "w3", "w4", "w5", "w6"):
            # A deletion that failed has left no replica, and the next one succeeds.
            for _ in range(2):
                if self.send(["DELETE", "/system/functions", {"functionName": name}]).status < 500:
                    break


class Process:
    """`faasfarm gateway`, ended when the context ends."""

    def __init__(self, *arguments: str) -> None:
        command = [str(BINARY), "gateway", "--port", "0", "--format", "json", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None and self.process.stderr is not None
        line = self.process.stdout.readline()
        assert line, f"the gateway said nothing: {self.process.stderr.read()}"
        self.url: str = json.loads(line)["gateway"]

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
            raise


class Receiver:
    """Takes callbacks on a free port."""

    def __init__(self) -> None:
        came: queue.Queue[tuple[str, Answer]] = queue.Queue()
        self.came = came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                came.put((self.path, Answer(200, _lower(self.headers), body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        address = os.environ.get("FAASFARM_CALLBACK_HOST", "127.0.0.1")
        self.server = ThreadingHTTPServer((address, 0), Handler)
        self.url = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str) -> Answer:
        """The next callback to that path; others are dropped."""
        while True:
            where, answer = self.came.get(timeout=DEADLINE)
            if where == path:
                return answer

    def close(self) -> None:
        """Frees the port."""
        self.server.shutdown()
        self.server.server_close()


def until(condition: Any, what: str, seconds: float = DEADLINE) -> None:
    """Waits for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
