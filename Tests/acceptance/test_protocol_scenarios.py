"""The protocol's scenarios against the daemon and against `faasfarm.host`, played with pyzmq alone."""

import json
import subprocess
import sys

import faasfarm
import pytest
from daemon import ROOT, Daemon

PLAYER = ROOT / "protocol" / "v1" / "conformance" / "run.py"
ENV_ID = "faasfarm/CartPole-v1"


@pytest.fixture(params=["daemon", "host"])
def endpoint(request):
    if request.param == "daemon":
        with Daemon() as daemon:
            yield daemon.endpoint
    else:
        with faasfarm.host("CartPole-v1", "tcp://127.0.0.1:0", ENV_ID) as server:
            yield server.endpoint


def test_the_scenarios_go_as_they_are_written(endpoint: str) -> None:
    command = [sys.executable, str(PLAYER), endpoint, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    said = json.loads(done.stdout)
    assert [result for result in said["results"] if result["reason"]] == []
    assert done.returncode == 0 and len(said["results"]) > 30


def test_the_player_notices_what_is_wrong() -> None:
    """Another environment under the same id: its observations are not CartPole's."""
    with faasfarm.host("Acrobot-v1", "tcp://127.0.0.1:0", ENV_ID) as server:
        done = subprocess.run(
            [sys.executable, str(PLAYER), server.endpoint], capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 1
    assert "FAIL  an episode, in binary" in done.stdout and "FAIL  an episode, in json" in done.stdout


def test_the_player_needs_neither_the_package_nor_protobuf() -> None:
    source = PLAYER.read_text()
    assert "faasfarm_pb2" not in source and "google.protobuf" not in source and "import faasfarm" not in source


def test_the_player_says_that_nobody_answers() -> None:
    command = [sys.executable, str(PLAYER), "tcp://127.0.0.1:1", "--seconds", "0.3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "no reply within 0.3 s" in done.stderr and done.stdout == ""
