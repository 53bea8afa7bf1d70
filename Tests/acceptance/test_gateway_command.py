"""`faasfarm gateway`: what its options refuse, and what of its queue survives a kill."""

import json
import queue
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from daemon import BINARY, Gateway
from receiver import Receiver


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


class QueueingGateway(Gateway):
    """A gateway with a queue's file."""

    def __init__(self, file: Path, *arguments: str) -> None:
        super().__init__("--queue-concurrency", 1, "--queue-file", file, "--cold-start-limit", 60, *arguments)

    def post(self, path: str, body: bytes, **headers: str) -> int:
        """The status of a POST."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        call = urllib.request.Request(self.url + path, data=body, headers=names, method="POST")
        with urllib.request.urlopen(call, timeout=30) as answer:
            return answer.status


@pytest.mark.parametrize(
    ("fault", "names"), [("nameless", []), ("silent", None), ("delay", ["X-Call-Id", "X-Function-Name"])]
)
def test_faults_of_callbacks(tmp_path: Path, fault: str, names: list[str] | None) -> None:
    """nats-queue-worker#102: a callback may come without its call's id, or not at all."""
    arguments = ["--fault", f"{fault}=1" + (":1ms" if fault == "delay" else "")]
    with Receiver() as receiver, QueueingGateway(tmp_path / "queue", *arguments) as gateway:
        assert gateway.post("/async-function/nosuch", b"{}", X_Call_Id="a", X_Callback_Url=receiver.url) == 202
        if names is None:
            with pytest.raises(queue.Empty):
                receiver.came.get(timeout=1)
        else:
            headers = receiver.came.get(timeout=20).headers
            assert [name for name in ("X-Call-Id", "X-Function-Name") if name.lower() in headers] == names


def test_queued_calls_survive_a_kill(tmp_path: Path) -> None:
    """Calls that were accepted by a gateway that was killed are made by the next one, with their callbacks."""
    ids = [f"call-{number}" for number in range(6)]
    worker = {"image": "none", "envProcess": f"{BINARY} worker"}
    with Receiver() as receiver:

        def came(seconds: float) -> tuple[str, str]:
            headers = receiver.came.get(timeout=seconds).headers
            return headers["x-call-id"], headers["x-function-status"]

        with QueueingGateway(tmp_path / "queue") as first:
            # The first call keeps the queue's one worker busy: its function takes a minute.
            assert first.post("/system/functions", json.dumps(worker | {"service": "slow"}).encode()) == 202
            for name, one, body in [("slow", "slow", b'{"ms": 60000}'), *(("none", one, b"{}") for one in ids)]:
                called = first.post(f"/async-function/{name}", body, X_Call_Id=one, X_Callback_Url=receiver.url)
                assert called == 202
            assert receiver.came.empty()
            first.stop(signal.SIGKILL)
        # The functions are gone with the first one: calls wait until they are deployed again.
        with QueueingGateway(tmp_path / "queue") as second:
            with pytest.raises(queue.Empty):
                came(0.5)
            assert second.post("/system/functions", json.dumps(worker | {"service": "none"}).encode()) == 202
            assert [came(30) for _ in ids] == [(one, "200") for one in ids], "oldest first"
            impatient = worker | {"service": "slow", "envVars": {"exec_timeout": "200ms"}}
            assert second.post("/system/functions", json.dumps(impatient).encode()) == 202
            identity, status = came(30)
            assert identity == "slow" and status != "200"
            assert receiver.came.empty()
