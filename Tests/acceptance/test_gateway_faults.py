"""A farm on a gateway that fails: no task is lost, none is done twice, and the books balance.

Small here; FAASFARM_SIZE=full gives the full size, two minutes each.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon import BINARY, Client, Daemon, Gateway, children, info
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


class Restarted:
    """`faasfarm gateway` on a port of the system's choice, or again on the one that it had."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.port = 0
        self.start()

    def start(self) -> None:
        """Starts the process."""
        self.running = Gateway(*self.arguments, port=self.port)
        self.url = self.running.url
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        """Ends the process and its workers."""
        self.running.end()

    def __enter__(self) -> "Restarted":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def workers(self) -> list[int]:
        """The process ids of its replicas."""
        return children(self.running.process.pid)


def _play(gateway: Restarted, actions: list[int], between: Callable[[int], None] | None = None) -> dict[str, Any]:
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
    gateway: Restarted, actions: list[int], between: Callable[[int], None] | None, recording: Path
) -> dict[str, Any]:
    arguments = ["--gateway", gateway.url, "--pool", "functions", "--functions", "chaos"]
    arguments += ["--worker-image", "none", "--worker-process", f"{BINARY} worker"]
    arguments += ["--record", recording, "--log-level", "debug"]
    with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
        client.make(LOAD.replace("STEPS", str(len(actions))), action="target")
        client.reset()
        reason = None
        sums: dict[str, Any] = {"retries": 0, "refusals": 0, "duplicates": 0, "completions": 0, "failures": 0}
        for number, action in enumerate(actions):
            if between is not None:
                between(number)
            reply = client.step(action - 1, seconds=60)
            known = info(reply)
            for name in sums:
                sums[name] += known["metrics"][name]
            places = ("queued", "running", "done", "failed")
            totals = {name: known["totals"][name] for name in ("emitted", *places)}
            assert totals["emitted"] == sum(totals[name] for name in places), totals
            # A busy machine merges windows, and has fewer.
            if reply.get("truncated") or reply.get("terminated"):
                reason = known.get("reason")
                break
        client.request("close", {})
        # What attempts failed for, which explains a retry that should not be.
        reasons = {line for line in daemon.log().splitlines() if "an attempt failed" in line}
        return {"totals": totals, "reason": reason, "reasons": sorted(reasons)[:20], **sums}


def _check(played: dict[str, Any]) -> None:
    totals = played["totals"]
    assert played["reason"] == "horizon"
    assert totals["emitted"] > 100
    assert totals["failed"] == 0 and totals["done"] == played["completions"]
    # How many more is a matter of the machine.
    assert totals["done"] > totals["emitted"] / 5


def test_a_fifth_of_calls_fail() -> None:
    """20 % of calls fail in five ways: all tasks are done after retries, each once."""
    faults = [f"--fault={kind}=0.04" for kind in ("502", "refuse", "cut", "429")] + ["--fault=vanish=0.04:200ms"]
    with Restarted("--fault-seed", "5", *faults) as gateway:
        played = _play(gateway, [8] * size(16, 240))
    _check(played)
    assert played["retries"] > 0


def test_scaled_up_and_down_under_load() -> None:
    """1 to 12 and back, again and again: nothing is lost, and nothing is retried, since workers end their calls."""
    with Restarted() as gateway:
        played = _play(gateway, [12, 1] * size(10, 120))
    _check(played)
    assert played["retries"] == 0 and played["duplicates"] == 0, played


def test_every_worker_is_killed_once() -> None:
    """Killed workers are replaced; their tasks run elsewhere."""
    with Restarted() as gateway:
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
    with Restarted() as gateway:

        def restart(number: int) -> None:
            # Away for a second in ten.
            if number % 20 == 4:
                gateway.stop()
            elif number % 20 == 6:
                gateway.start()

        played = _play(gateway, [8] * size(20, 240), restart)
    _check(played)
    assert played["retries"] + played["refusals"] > 0
