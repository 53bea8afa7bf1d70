"""A farm on a gateway that fails: no task is lost, none is done twice, and the books balance.

Small here; FAASFARM_SIZE=full gives the full size, two minutes each.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
from daemon import BINARY
from sizes import size

LOAD = """
name: load
arrivals:
  phases:
    - {name: steady, seconds: 600, rate: 25}
service: {constant: 0.1}
deadline: {seconds: 5}
workers: {min: 1, max: 12, initial: 4}
retry: {max_attempts: 12, first_delay: 0.05, max_delay: 0.2}
start_up: 0.1
step: 0.5
steps: STEPS
"""


class Gateway:
    """`faasfarm gateway` on a port of the system's choice, or again on the one that it had."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.port = 0
        self.start()

    def start(self) -> None:
        """Starts the process."""
        command = [str(BINARY), "gateway", "--port", str(self.port), "--format", "json", *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["gateway"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        """Ends the process and its workers."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
            raise

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def workers(self) -> list[int]:
        """The process ids of its replicas."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(word) for word in listed.stdout.split()]


def _play(gateway: Gateway, actions: list[int], between: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Plays an episode with a pool of functions on the gateway.

    Args:
        gateway: where the workers are.
        actions: the number of workers of each step.
        between: called before each step with its number.

    Returns:
        The totals at the end, the sums of what windows count, and how the episode ended.
    """
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "runs.sqlite"
        played = _play_recorded(gateway, actions, between, recording)
        # Each task that was counted is recorded once, with one end.
        verified = subprocess.run(
            [str(BINARY), "episodes", "verify", str(recording)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert verified.returncode == 0, verified.stdout + verified.stderr
    return played


def _play_recorded(
    gateway: Gateway, actions: list[int], between: Callable[[int], None] | None, recording: Path
) -> dict[str, Any]:
    command = [str(BINARY), "serve", "--port", "0", "--format", "json", "--until-stdin-closes"]
    command += ["--gateway", gateway.url, "--pool", "functions", "--functions", "chaos"]
    command += ["--worker-image", "none", "--worker-process", f"{BINARY} worker"]
    command += ["--record", str(recording), "--log-level", "debug"]
    log = recording.with_suffix(".log")
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None and process.stdin is not None
    context = zmq.Context()
    socket = context.socket(zmq.REQ)
    try:
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(json.loads(process.stdout.readline())["endpoint"])

        def ask(request: dict[str, Any]) -> dict[str, Any]:
            socket.send_json(request)
            reply = socket.recv_json()
            assert "error" not in reply, reply
            return reply

        scenario = LOAD.replace("STEPS", str(len(actions)))
        arguments = {"scenario": scenario, "action": "target"}
        kwargs = [{"key": key, "value": {"text": text}} for key, text in arguments.items()]
        session = ask({"make": {"id": "faasfarm/Farm-v0", "kwargs": kwargs}})["make"]["session_id"]
        ask({"session_id": session, "reset": {}})
        reason = None
        sums: dict[str, Any] = {"retries": 0, "refusals": 0, "duplicates": 0, "completions": 0, "failures": 0}
        for number, action in enumerate(actions):
            if between is not None:
                between(number)
            reply = ask({"session_id": session, "step": {"action": {"integer": action - 1}}})["step"]
            info = _plain(reply["info"])
            for name in sums:
                sums[name] += int(info["metrics"][name])
            places = ("queued", "running", "done", "failed")
            totals = {name: int(info["totals"][name]) for name in ("emitted", *places)}
            assert totals["emitted"] == sum(totals[name] for name in places), totals
            # A busy machine merges windows, and has fewer.
            if reply.get("truncated") or reply.get("terminated"):
                reason = info.get("reason")
                break
        ask({"session_id": session, "close": {}})
        # What attempts failed for, which explains a retry that should not be.
        reasons = {line for line in log.read_text().splitlines() if "an attempt failed" in line}
        return {"totals": totals, "reason": reason, "reasons": sorted(reasons)[:20], **sums}
    finally:
        socket.close()
        context.term()
        process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _plain(value: Any) -> Any:
    """A JSON value of the protocol as a Python one."""
    if isinstance(value, dict) and "entries" in value:
        return {entry["key"]: _plain(entry["value"]) for entry in value["entries"]}
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        return _plain(inner)
    return value


def _check(played: dict[str, Any]) -> None:
    totals = played["totals"]
    assert played["reason"] == "horizon"
    assert totals["emitted"] > 100
    assert totals["failed"] == 0 and totals["done"] == played["completions"]
    assert totals["done"] > totals["emitted"] / 2


def test_a_fifth_of_calls_fail() -> None:
    """20 % of calls fail in five ways: all tasks are done after retries, each once."""
    faults = [f"--fault={kind}=0.04" for kind in ("502", "refuse", "cut", "429")] + ["--fault=vanish=0.04:200ms"]
    with Gateway("--fault-seed", "5", *faults) as gateway:
        played = _play(gateway, [8] * size(16, 240))
    _check(played)
    assert played["retries"] > 0


def test_scaled_up_and_down_under_load() -> None:
    """1 to 12 and back, again and again: nothing is lost, and nothing is retried, since workers end their calls."""
    with Gateway() as gateway:
        played = _play(gateway, [12, 1] * size(10, 120))
    _check(played)
    assert played["retries"] == 0 and played["duplicates"] == 0, played


def test_every_worker_is_killed_once() -> None:
    """Killed workers are replaced; their tasks run elsewhere."""
    with Gateway() as gateway:
        killed: set[int] = set()

        def kill(number: int) -> None:
            for worker in sorted(set(gateway.workers()) - killed)[:1] if number > 1 else []:
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)

        played = _play(gateway, [6] * size(14, 240), kill)
    assert len(killed) >= size(6, 100)
    _check(played)


def test_the_gateway_is_stopped_and_started() -> None:
    """A gateway that comes back without its functions gets them again, and the tasks that waited are done."""
    with Gateway() as gateway:

        def restart(number: int) -> None:
            # Away for a second in ten.
            if number % 20 == 4:
                gateway.stop()
            elif number % 20 == 6:
                gateway.start()

        played = _play(gateway, [8] * size(20, 240), restart)
    _check(played)
    assert played["retries"] + played["refusals"] > 0
