"""Python environments that `faasfarm.host` serves: the compliance suite of the daemon's program tries them."""

import json
import signal
import subprocess
import sys
import time

import faasfarm
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, PROMPT
from gymnasium import spaces


class Walk(gymnasium.Env):
    """A random walk with array observations, array actions and a text picture."""

    metadata = {"render_modes": ["ansi"], "render_fps": 4}
    observation_space = spaces.Box(-1000, 1000, (2,), np.float32)

    def __init__(self, width: float = 1.0, actions: str = "discrete", render_mode: str | None = None) -> None:
        self.width = width
        self.render_mode = render_mode
        self.action_space = {
            "discrete": spaces.Discrete(3, start=-1),
            "box": spaces.Box(-1, 1, (2,), np.float32),
            "many": spaces.MultiDiscrete([3, 4], start=[-1, 2]),
            "binary": spaces.MultiBinary(4),
        }[actions]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = self.np_random.normal(size=2)
        return self.place.astype(np.float32), {}

    def step(self, action):
        self.place = self.place + self.width * self.np_random.normal() + np.sum(action)
        return self.place.astype(np.float32), float(self.place[0]), False, False, {"norm": float(abs(self.place).sum())}

    def render(self):
        return f"{self.place}"


def validate(endpoint: str, *arguments: str) -> list[dict]:
    command = [str(BINARY), "validate", endpoint, "--format", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    cases = json.loads(done.stdout)["results"]
    assert [case for case in cases if case["verdict"] == "FAIL"] == []
    assert done.returncode == 0, done.stderr
    return cases


@pytest.mark.parametrize("actions", ["discrete", "box", "many", "binary"])
def test_the_compliance_suite_passes(actions: str) -> None:
    # Waiting for silent sessions takes seconds; once will do.
    idle = 2 if actions == "discrete" else 300
    with faasfarm.host(Walk, "tcp://127.0.0.1:0", "python/Walk-v0", idle_timeout=idle) as server:
        cases = validate(server.endpoint, "--env", "python/Walk-v0", "--argument", f"actions={actions}")
    skipped = {case["name"]: case for case in cases if case["verdict"] != "PASS"}
    # An environment that is quick is not always met while it runs; only actions that are single integers are spoilt.
    allowed = {"busy/refused", "vectors/refused-action"} | ({"leases/expiry"} if idle > 5 else set())
    assert skipped.keys() <= allowed, skipped
    assert len(cases) > 70


def test_the_compliance_suite_passes_over_ipc(tmp_path) -> None:
    with faasfarm.host(Walk, f"ipc://{tmp_path}/walk.socket") as server:
        validate(server.endpoint)
        assert (tmp_path / "walk.socket").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_serves_and_ends_within_two_seconds(number: int) -> None:
    command = [sys.executable, "-m", "faasfarm.hosting", "FrozenLake-v1", "--endpoint", "tcp://127.0.0.1:0"]
    command += ["--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = json.loads(process.stdout.readline())
        assert said["envs"] == ["FrozenLake-v1"]
        env = faasfarm.Env("FrozenLake-v1", endpoint=said["endpoint"], timeout=5)
        env.reset(seed=1)
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - begun < PROMPT
        env.close()
        assert process.stderr.read() == ""
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


def test_the_program_says_what_is_wrong() -> None:
    for arguments, text in [
        (["NoSuchEnvironment-v9"], "NoSuchEnvironment"),
        (["FrozenLake-v1", "--endpoint", "tcp://0.0.0.0:0"], "keys"),
        (["FrozenLake-v1", "--endpoint", "udp://127.0.0.1:1"], "tcp://HOST:PORT"),
        (["FrozenLake-v1", "Taxi-v3", "--env-id", "x"], "--env-id"),
    ]:
        command = [sys.executable, "-m", "faasfarm.hosting", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and done.stdout == ""
        assert text in done.stderr and "Traceback" not in done.stderr, done.stderr
