"""Clients that are not ours, or use little of ours: a DEALER socket in C, and a random agent on a vector."""

import re
import shlex
import subprocess
import sys

import faasfarm
import pytest
from daemon import ROOT, Daemon

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def endpoint():
    with Daemon() as daemon:
        yield daemon.endpoint


@pytest.fixture(scope="module")
def dealer(tmp_path_factory):
    """The client in C, compiled without a warning."""
    program = tmp_path_factory.mktemp("dealer") / "dealer"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libzmq"], capture_output=True, text=True, check=True)
    command = [
        "gcc",
        "-std=c11",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(program),
        str(EXAMPLES / "c/dealer.c"),
    ]
    done = subprocess.run([*command, *shlex.split(flags.stdout)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


def run(command: list, seconds: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds)


def test_a_client_in_c_holds_up_several_poles_at_once(endpoint: str, dealer) -> None:
    done = run([dealer, endpoint, 5, 120])
    assert done.returncode == 0, done.stderr
    assert re.findall(r"pole (\d) stood for 120 steps", done.stdout) == list("01234")


@pytest.mark.parametrize("place", ["tcp://127.0.0.1:0", "tcp://[::1]:0"])
def test_the_client_in_c_plays_with_a_python_environment(dealer, place: str) -> None:
    with faasfarm.host("CartPole-v1", place, "faasfarm/CartPole-v1") as server:
        done = run([dealer, server.endpoint, 3, 40])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("stood for 40 steps") == 3


def test_the_client_in_c_says_what_is_wrong(dealer) -> None:
    assert run([dealer]).returncode == 2
    done = run([dealer, "tcp://127.0.0.1:1", 1], seconds=30)
    assert done.returncode == 1 and "is a server running there?" in done.stderr
    with faasfarm.host("FrozenLake-v1", "tcp://127.0.0.1:0") as server:
        done = run([dealer, server.endpoint])
    assert done.returncode == 1 and "UNKNOWN_ENV_ID" in done.stderr


def test_a_random_agent_on_a_vector(endpoint: str) -> None:
    command = [sys.executable, EXAMPLES / "python" / "random_vector.py", "--endpoint", endpoint]
    done = run([*command, "--steps", 2000])
    assert done.returncode == 0, done.stderr
    steps, episodes, mean, length = re.search(
        r"(\d+) steps in .*\n(\d+) episodes: return ([\d.]+) .* ([\d.]+) steps long", done.stdout
    ).groups()
    assert int(steps) == 2000 and int(episodes) > 40
    # Each step of a pole that stands is rewarded with 1.
    assert float(mean) == pytest.approx(float(length), abs=0.06)


def test_a_random_agent_on_simulated_farms(endpoint: str) -> None:
    command = [sys.executable, EXAMPLES / "python" / "random_vector.py", "--endpoint", endpoint, "--num-envs", 4]
    farm = ["--env", "faasfarm/Farm-v0", "--argument", "scenario=steady", "--argument", "backend=simulator"]
    done = run([*command, *farm, "--steps", 1200])
    assert done.returncode == 0, done.stderr
    assert "episodes: return" in done.stdout
