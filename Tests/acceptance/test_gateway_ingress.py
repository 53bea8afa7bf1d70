"""Metrics of the daemon, and tasks that come over HTTP."""

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import zmq
from daemon import BINARY, SMALL


class Served:
    """A daemon with an ingress and metrics, whose ports are read from its log."""

    def __init__(self) -> None:
        command = [str(BINARY), "serve", "--port", "0", "--format", "json", "--until-stdin-closes", "--pools", "1"]
        command += ["--log-level", "notice", "--ingress-listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None and self.process.stderr is not None
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]
        self.tasks = self.metrics = ""
        while not (self.tasks and self.metrics):
            line = self.process.stderr.readline()
            assert line, "the daemon ended"
            found = re.search(r"(http://\S+/(tasks|metrics))", line)
            if found:
                setattr(self, found[2], found[1])
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, 60_000)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.endpoint)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request and its reply."""
        self.socket.send_json(request)
        reply = self.socket.recv_json()
        assert "error" not in reply, reply
        return reply

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.context.term()
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)


def _http(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=names), timeout=30) as response:
            return response.status, dict(response.headers.items()), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers.items()), error.read()


def _metric(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(line.rsplit(" ", 1)[1])


def test_tasks_over_http_and_metrics() -> None:
    """A task is answered at its end, or with 202 and fetched; metrics count both; without an episode it is 503."""
    with Served() as served:
        status, _, body = _http(served.tasks, b"{}")
        assert status == 503 and b"no episode" in body
        kwargs = [{"key": "scenario", "value": {"text": SMALL.replace("steps: 6", "steps: 30")}}]
        session = served.ask({"make": {"id": "faasfarm/Farm-v0", "kwargs": kwargs}})["make"]["session_id"]
        served.ask({"session_id": session, "reset": {}})

        job = json.dumps({"id": "mine", "ms": 20}).encode()
        status, headers, body = _http(served.tasks, job, Content_Type="application/json")
        assert status == 200 and json.loads(body)["id"] == "mine"
        assert headers["X-Task-Id"].startswith("ingress-")

        status, headers, _ = _http(served.tasks, job, Prefer="respond-async", X_Deadline_Seconds="3")
        assert status == 202
        place = served.tasks.removesuffix("/tasks") + headers["Location"]
        deadline = time.monotonic() + 30
        while (fetched := _http(place))[0] == 202:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert fetched[0] == 200 and json.loads(fetched[2])["id"] == "mine"

        assert _http(served.tasks, b"x", X_Deadline_Seconds="soon")[0] == 400
        # A worker's refusal is the task's failure, with the reason.
        status, _, body = _http(served.tasks, b"not a job")
        assert status == 502 and b"status 400" in body
        assert _http(served.tasks + "/nosuch")[0] == 404

        served.ask({"session_id": session, "step": {"action": {"integer": 1}}})
        text = _http(served.metrics)[2].decode()
        assert _metric(text, "faasfarm_farms") == 1
        assert _metric(text, 'faasfarm_tasks_total{outcome="done"}') >= 2
        assert _metric(text, 'faasfarm_tasks_total{outcome="failed"}') >= 1
        assert _metric(text, 'faasfarm_workers{state="ready"}') >= 1
        assert _http(served.metrics.replace("/metrics", "/healthz"))[2] == b"ok\n"
        served.ask({"session_id": session, "close": {}})
        assert _http(served.tasks, b"{}")[0] == 503
