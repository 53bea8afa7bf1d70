"""Metrics of the daemon, and tasks that come over HTTP."""

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import faasfarm
import pytest
import zmq
from daemon import BINARY, SMALL, Daemon, wait_until


class Served(Daemon):
    """A daemon with an ingress and metrics, whose ports are read from its log."""

    def __init__(self, *arguments: str) -> None:
        listen = ["--ingress-listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]
        super().__init__("--pools", 1, *arguments, "--log-level", "notice", *listen)
        wait_until(lambda: len(self.said_addresses()) == 2, what="both addresses in the log")
        self.tasks, self.metrics = (self.said_addresses()[name] for name in ("tasks", "metrics"))
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, 60_000)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.endpoint)

    def said_addresses(self) -> dict[str, str]:
        """Where it listens for HTTP, by what for."""
        return {name: url for url, name in re.findall(r"(http://\S+/(tasks|metrics))", self.log())}

    def ask(self, request: dict[str, Any], refused: bool = False) -> dict[str, Any]:
        """One request and its reply, which is an error if it is to be `refused`."""
        self.socket.send_json(request)
        reply = self.socket.recv_json()
        assert ("error" in reply) is refused, reply
        return reply

    def begin(self, scenario: str = SMALL.replace("steps: 6", "steps: 30")) -> str:
        """Makes a farm and begins an episode; returns the session."""
        kwargs = [{"key": "scenario", "value": {"text": scenario}}]
        session = self.ask({"make": {"id": "faasfarm/Farm-v0", "kwargs": kwargs}})["make"]["session_id"]
        self.ask({"session_id": session, "reset": {}})
        return session

    def step(self, session: str) -> None:
        """Steps, without a change of the workers."""
        self.ask({"session_id": session, "step": {"action": {"integer": 1}}})

    def place(self, location: str) -> str:
        """The URL of a task whose Location was answered."""
        return self.tasks.removesuffix("/tasks") + location

    def end(self) -> None:
        self.socket.close()
        self.context.term()
        super().end()


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
        session = served.begin()

        job = json.dumps({"id": "mine", "ms": 20}).encode()
        status, headers, body = _http(served.tasks, job, Content_Type="application/json")
        assert status == 200 and json.loads(body)["id"] == "mine"
        assert headers["X-Task-Id"].startswith("ingress-")

        status, headers, _ = _http(served.tasks, job, Prefer="respond-async", X_Deadline_Seconds="3")
        assert status == 202
        place = served.place(headers["Location"])
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

        served.step(session)
        text = _http(served.metrics)[2].decode()
        assert _metric(text, "faasfarm_open_sessions") == 1
        assert _metric(text, 'faasfarm_request_seconds_count{kind="step"}') == 1
        assert _metric(text, 'faasfarm_request_seconds_count{kind="reset"}') == 1
        assert _metric(text, 'faasfarm_request_seconds_sum{kind="step"}') > 0.2
        assert _metric(text, "faasfarm_window_late_seconds_count") == 1
        assert _metric(text, "faasfarm_farms") == 1
        assert _metric(text, 'faasfarm_tasks_total{outcome="done"}') >= 2
        assert _metric(text, 'faasfarm_tasks_total{outcome="failed"}') >= 1
        assert _metric(text, 'faasfarm_workers{state="ready"}') >= 1
        assert _http(served.metrics.replace("/metrics", "/healthz"))[2] == b"ok\n"
        served.ask({"session_id": session, "close": {}})
        assert _http(served.tasks, b"{}")[0] == 503
        assert _metric(_http(served.metrics)[2].decode(), "faasfarm_open_sessions") == 0


def test_tasks_outlive_the_daemon_or_are_lost(tmp_path: Path) -> None:
    """After a kill -9, a result is still there and a task that had none is reported as lost; nobody shares the file."""
    file = ["--ingress-file", str(tmp_path / "tasks.sqlite")]
    with Served(*file) as served:
        served.begin()
        status, headers, body = _http(served.tasks, b'{"id": "quick", "ms": 5}', Content_Type="application/json")
        assert status == 200
        quick = "/tasks/" + headers["X-Task-Id"]
        slow = _http(served.tasks, b'{"id": "slow", "ms": 60000}', Prefer="respond-async")
        assert slow[0] == 202
        second = subprocess.run(
            [str(BINARY), "serve", "--port", "0", "--pools", "1", "--ingress-listen", "127.0.0.1:0", *file],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert second.returncode != 0 and "another daemon" in second.stderr
        served.process.kill()
        served.process.wait(timeout=10)
    with Served(*file) as served:
        status, headers, again = _http(served.place(quick))
        assert (status, again) == (200, body)
        assert headers["Content-Type"] == "application/json"
        status, _, text = _http(served.place(slow[1]["Location"]))
        assert status == 410 and b"lost" in text
        assert _http(served.place("/tasks/ingress-nosuch-1"))[0] == 404
        # An end that the daemon saw is no loss.
        served.begin()
        ended = _http(served.tasks, b'{"id": "slow", "ms": 60000}', Prefer="respond-async")[1]["Location"]
    with Served(*file) as served:
        status, _, text = _http(served.place(ended))
        assert status == 503 and b"the episode ended" in text


def test_without_a_file_earlier_tasks_are_lost() -> None:
    """An id of another daemon is known as such; one that nobody gave is not."""
    with Served() as served:
        assert _http(served.place("/tasks/ingress-0abc-7"))[0] == 410
        assert _http(served.place("/tasks/mine"))[0] == 404


def test_metrics_of_quick_steps_and_the_recording(tmp_path: Path) -> None:
    """Steps are counted once each, quick or timed; the recording's lag is there and comes back to nothing."""
    with Served("--record", str(tmp_path / "runs.sqlite")) as served:
        session = served.ask({"make": {"id": "faasfarm/CartPole-v1"}})["make"]["session_id"]
        done = True
        for _ in range(50):
            if done:
                served.ask({"session_id": session, "reset": {}})
            step = served.ask({"session_id": session, "step": {"action": {"integer": 1}}})["step"]
            done = step.get("terminated", False) or step.get("truncated", False)
        served.ask({"session_id": session, "reset": {}})
        served.ask({"session_id": session, "step": {"action": {"text": "wrong"}}}, refused=True)
        # In the protocol's binary form, too.
        env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=served.endpoint)
        done = True
        for _ in range(50):
            if done:
                env.reset()
            _, _, terminated, truncated, _ = env.step(1)
            done = terminated or truncated
        env.close()
        deadline = time.monotonic() + 10
        while _metric(text := _http(served.metrics)[2].decode(), "faasfarm_recording_waiting_bytes") > 0:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert _metric(text, "faasfarm_recording_lag_seconds") < 5
        steps = _metric(text, "faasfarm_quick_steps_total")
        steps += _metric(text, 'faasfarm_request_seconds_count{kind="step"}')
        assert steps == 100
        assert _metric(text, "faasfarm_sessions_total") == 2
        assert _metric(text, "faasfarm_refused_requests_total") == 1


def test_half_sent_requests_hold_nobody_up() -> None:
    """hummingbird#503: 200 requests that never come whole are closed after the limit; others are served all along."""
    with Served("--http-idle-limit", "1") as served:
        halves = []
        for url in (served.tasks, served.metrics):
            host, port = url.split("/")[2].split(":")
            for _ in range(100):
                half = socket.create_connection((host, int(port)), timeout=20)
                half.sendall(b"POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
                halves.append(half)
        with urllib.request.urlopen(served.metrics, timeout=20) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        for half in halves:
            while half.recv(4096):
                pass
            half.close()
        with urllib.request.urlopen(served.metrics, timeout=20) as answer:
            assert answer.status == 200


def _serve(*arguments: str) -> list[str]:
    return [str(BINARY), "serve", "--port", "0", "--pools", "1", "--dispatch", "queue", *arguments]


@pytest.mark.parametrize("option", ["--metrics-listen", "--ingress-listen", "--callback-listen"])
def test_a_port_that_is_taken_keeps_the_daemon_from_starting(option: str) -> None:
    """With the option that asks for it, and nothing announced."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        ended = subprocess.run(_serve(option, address), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1 and ended.stdout == "", ended
    assert f"{option}: cannot listen on {address}: another program listens there" in ended.stderr


def test_one_address_answers_for_all() -> None:
    """Metrics, tasks and callbacks on one port; what is nobody's is refused as a stray callback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
    command = _serve("--metrics-listen", address, "--ingress-listen", address, "--callback-listen", address)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None and "listening on" in daemon.stdout.readline()
        assert _http(f"http://{address}/healthz")[0] == 200
        assert _http(f"http://{address}/tasks/nobodys")[0] == 404
        status, _, body = _http(f"http://{address}/other")
        assert status == 404 and b"callbacks have an address of their own" in body
        assert _metric(_http(f"http://{address}/metrics")[2].decode(), "faasfarm_stray_callbacks_total") == 1
        daemon.terminate()
        assert daemon.wait(timeout=20) == 0
