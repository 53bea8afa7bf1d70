"""A daemon for the tests that want one."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(os.environ.get("FAASFARM_BIN", Path(__file__).resolve().parents[3] / ".build" / "debug" / "faasfarm"))

SCENARIO = """
name: quick
arrivals: {phases: [{name: steady, seconds: 60, rate: 20}]}
service: {constant: 0.05}
deadline: {seconds: 1}
workers: {min: 1, max: 4, initial: 2}
step: 0.2
steps: 3
"""


class Daemon:
    def __init__(self, folder: Path) -> None:
        command = [PROGRAM, "serve", "--port", "0", "--format", "json", "--record", folder / "episodes.sqlite"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        self.process.stdout.close()


@pytest.fixture
def daemon(tmp_path):
    daemon = Daemon(tmp_path)
    yield daemon
    daemon.stop()


@pytest.fixture
def scenario() -> str:
    return SCENARIO
