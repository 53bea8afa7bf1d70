"""`faasfarm gateway`: what its options refuse, and what of its queue survives a kill."""

import json
import queue
import signal
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from daemon import BINARY


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "fire=0.1"], ["fire", "refuse, cut, 429"]),
        (["--fault", "delay=2"], ["0 to 1", '"2"']),
        (["--profile", "pro"], ["standard", "ce", "faasd"]),
        (["--slowness", "101"], ["--slowness", "101"]),
        (["--parallel-starts", "0"], ["--parallel-starts", "0"]),
        (["--queue-concurrency", "0"], ["--queue-concurrency", "0"]),
        (["--port", "0", "--queue-file", "/nosuch/queue"], ["/nosuch/queue"]),
    ],
)
def test_refused_options(arguments: list[str], words: list[str]) -> None:
    """What cannot be done is refused on standard error with what was got and what is expected."""
    ended = subprocess.run(
        [str(BINARY), "gateway", *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode != 0
    assert ended.stdout == ""
    for word in words:
        assert word in ended.stderr, ended.stderr


def test_help_teaches_faults_and_profiles() -> None:
    """The help has an example of each."""
    text = subprocess.run([str(BINARY), "gateway", "--help"], capture_output=True, text=True, check=True).stdout
    for words in ("--profile ce", "--fault 502=0.1", "/async-function/NAME", "--queue-file"):
        assert words in text


class Gateway:
    """A gateway with a queue's file."""

    def __init__(self, file: Path, *arguments: str) -> None:
        command = [str(BINARY), "gateway", "--port", "0", "--format", "json", "--queue-concurrency", "1"]
        command += ["--queue-file", str(file), "--cold-start-limit", "60", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["gateway"]

    def post(self, path: str, body: bytes, **headers: str) -> int:
        """The status of a POST."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        call = urllib.request.Request(self.url + path, data=body, headers=names, method="POST")
        with urllib.request.urlopen(call, timeout=30) as answer:
            return answer.status

    def end(self, number: int) -> None:
        """Ends the process by a signal."""
        self.process.send_signal(number)
        self.process.wait(timeout=20)


@pytest.mark.parametrize(
    ("fault", "names"), [("nameless", []), ("silent", None), ("delay", ["X-Call-Id", "X-Function-Name"])]
)
def test_faults_of_callbacks(tmp_path: Path, fault: str, names: list[str] | None) -> None:
    """nats-queue-worker#102: a callback may come without its call's id, or not at all."""
    came: queue.Queue[list[str]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            came.put([name for name in ("X-Call-Id", "X-Function-Name") if name in self.headers])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    gateway = Gateway(tmp_path / "queue", "--fault", f"{fault}=1" + (":1ms" if fault == "delay" else ""))
    try:
        callback = f"http://127.0.0.1:{receiver.server_address[1]}/"
        assert gateway.post("/async-function/nosuch", b"{}", X_Call_Id="a", X_Callback_Url=callback) == 202
        if names is None:
            with pytest.raises(queue.Empty):
                came.get(timeout=1)
        else:
            assert came.get(timeout=20) == names
    finally:
        gateway.end(signal.SIGTERM)
        receiver.shutdown()
        receiver.server_close()


def test_queued_calls_survive_a_kill(tmp_path: Path) -> None:
    """Calls that were accepted by a gateway that was killed are made by the next one, with their callbacks."""
    came: queue.Queue[tuple[str, str]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            came.put((self.headers["X-Call-Id"], self.headers["X-Function-Status"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    callback = f"http://127.0.0.1:{receiver.server_address[1]}/"
    ids = [f"call-{number}" for number in range(6)]
    first = Gateway(tmp_path / "queue")
    second = None
    try:
        # The first call keeps the queue's one worker busy: its function takes a minute.
        body = {"service": "slow", "image": "none", "envProcess": f"{BINARY} worker"}
        assert first.post("/system/functions", json.dumps(body).encode()) == 202
        assert first.post("/async-function/slow", b'{"ms": 60000}', X_Call_Id="slow", X_Callback_Url=callback) == 202
        for one in ids:
            assert first.post("/async-function/none", b"{}", X_Call_Id=one, X_Callback_Url=callback) == 202
        assert came.empty()
        first.end(signal.SIGKILL)
        # The functions are gone with the first one: calls wait until they are deployed again.
        second = Gateway(tmp_path / "queue")
        with pytest.raises(queue.Empty):
            came.get(timeout=0.5)
        worker = {"image": "none", "envProcess": f"{BINARY} worker"}
        assert second.post("/system/functions", json.dumps(worker | {"service": "none"}).encode()) == 202
        assert [came.get(timeout=30) for _ in ids] == [(one, "200") for one in ids], "oldest first"
        impatient = worker | {"service": "slow", "envVars": {"exec_timeout": "200ms"}}
        assert second.post("/system/functions", json.dumps(impatient).encode()) == 202
        identity, status = came.get(timeout=30)
        assert identity == "slow" and status != "200"
        assert came.empty()
    finally:
        for gateway in (first, second):
            if gateway is not None and gateway.process.poll() is None:
                gateway.end(signal.SIGTERM)
        receiver.shutdown()
        receiver.server_close()
