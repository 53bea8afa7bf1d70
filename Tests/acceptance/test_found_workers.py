"""keda#5490: a daemon that is killed leaves its workers; the next one gives back what was there before the first."""

import contextlib
import json
import random
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from daemon import BINARY, Client, Daemon, Refused, wait_until
from sizes import size
from test_gateway_faults import Gateway

SCENARIO = """
name: found
arrivals: {phases: [{seconds: 60, rate: 5}]}
service: {constant: 0.05}
deadline: {seconds: 5}
workers: {min: 1, max: 6, initial: 2}
start_up: 0
step: 0.2
steps: 100
"""

# As long as a scale request takes from the action to the answer, and a little more.
LONGEST_LIFE = 0.3


def _call(gateway: Gateway, method: str, path: str, body: dict | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(gateway.url + path, method=method, data=data)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _replicas(gateway: Gateway) -> int:
    return _call(gateway, "GET", "/system/function/worker").get("replicas", 0)


def _functions(gateway: Gateway) -> set[str]:
    return {function["name"] for function in _call(gateway, "GET", "/system/functions") or []}


def _deploy_worker(gateway: Gateway, name: str = "worker") -> None:
    deployment = {"service": name, "image": "none", "envProcess": f"{BINARY} worker"}
    _call(gateway, "POST", "/system/functions", deployment)


def _kill_after_scaling(arguments: list[str], rng: random.Random) -> None:
    """Starts a daemon, has it scale, and kills it at a random moment after that."""
    with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
        client.make(SCENARIO, action="target")
        client.reset()
        client.request_id += 1
        step = {"action": {"integer": rng.randrange(6)}}
        client.socket.send_json({"session_id": client.session, "request_id": client.request_id, "step": step})
        time.sleep(rng.uniform(0, LONGEST_LIFE))
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait(timeout=10)


def _play_in_order(arguments: list[str]) -> list[str]:
    """A daemon, a session, a reset, and an orderly end.

    Returns:
        What the farm said at the reset.
    """
    with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
        client.make(SCENARIO, action="target")
        entries = {entry["key"]: entry["value"] for entry in client.reset()["info"]["entries"]}
    return [item["text"] for item in entries.get("notes", {}).get("tuple", {}).get("items", [])]


def test_killed_daemons_workers_are_given_back(tmp_path: Path) -> None:
    """Killed at random moments, also twice in a row, before one ends in order."""
    rng = random.Random(5490)
    with Gateway("--slowness", "0") as gateway:
        _deploy_worker(gateway)
        _call(gateway, "POST", "/system/scale-function/worker", {"serviceName": "worker", "replicas": 3})
        arguments = ["--gateway", gateway.url, "--functions", "worker", "--state", str(tmp_path)]
        for number in range(size(4, 50)):
            _kill_after_scaling(arguments, rng)
            if number % 2 == 1 or number == 0:
                _play_in_order(arguments)
                assert _replicas(gateway) == 3, f"after kill {number + 1}"
                assert not list(tmp_path.glob("*.json"))


def test_killed_daemons_functions_are_deleted(tmp_path: Path) -> None:
    """A pool of functions: none was there before, none is there after."""
    rng = random.Random(5491)
    with Gateway("--slowness", "0") as gateway:
        arguments = ["--gateway", gateway.url, "--pool", "functions", "--functions", "farm", "--worker-image", "none"]
        arguments += ["--worker-process", f"{BINARY} worker", "--state", str(tmp_path)]
        for number in range(size(1, 10)):
            _kill_after_scaling(arguments, rng)
            assert _functions(gateway), "the killed daemon had deployed nothing"
            notes = _play_in_order(arguments)
            assert any("a daemon that was killed has left farm-1" in note for note in notes), notes
            wait_until(lambda: not _functions(gateway), what=f"no functions after kill {number + 1}")


def test_two_daemons_on_a_function(tmp_path: Path) -> None:
    """The second is told whose it is."""
    with Gateway("--slowness", "0") as gateway:
        _deploy_worker(gateway)
        arguments = ["--gateway", gateway.url, "--functions", "worker", "--state", str(tmp_path)]
        with Daemon(*arguments) as first, Client(first.endpoint) as owner, Daemon(*arguments) as second:
            owner.make(SCENARIO, action="target")
            with Client(second.endpoint) as other, pytest.raises(Refused, match=f"process {first.process.pid}"):
                other.make(SCENARIO, action="target")


def test_each_functions_option_is_a_pool_of_its_own(tmp_path: Path) -> None:
    """Two farms on one gateway at once, with no function in common; a third is told that both are taken."""
    with Gateway("--slowness", "0") as gateway, contextlib.ExitStack() as stack:
        for name in ("a", "b"):
            _deploy_worker(gateway, name)
        arguments = ["--gateway", gateway.url, "--functions", "a", "--functions", "b", "--state", str(tmp_path)]
        daemon = stack.enter_context(Daemon(*arguments))
        clients = [stack.enter_context(Client(daemon.endpoint)) for _ in range(3)]
        for client, count in zip(clients[:2], (2, 4), strict=True):
            client.make(SCENARIO.replace("initial: 2", f"initial: {count}"), action="target")
            client.reset()
        replicas = sorted(_call(gateway, "GET", f"/system/function/{name}")["replicas"] for name in ("a", "b"))
        assert replicas == [2, 4]
        with pytest.raises(Refused, match="each of the 2 pools"):
            clients[2].make(SCENARIO, action="target")
