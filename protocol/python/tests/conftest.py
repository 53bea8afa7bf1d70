"""A daemon for the tests that want one."""

import pytest
from real_daemon import PROGRAM, Daemon

SCENARIO = """
name: quick
arrivals: {phases: [{name: steady, seconds: 60, rate: 20}]}
service: {constant: 0.05}
deadline: {seconds: 1}
workers: {min: 1, max: 4, initial: 2}
step: 0.2
steps: 3
"""


@pytest.fixture
def daemon(tmp_path):
    """A daemon on a free port."""
    if not PROGRAM.is_file():
        pytest.skip(f"there is no daemon at {PROGRAM}; build it with `swift build`, or set FAASFARM_BIN")
    daemon = Daemon(tmp_path)
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module")
def simulator():
    """A daemon that does not record, for a module's tests together."""
    if not PROGRAM.is_file():
        pytest.skip(f"there is no daemon at {PROGRAM}; build it with `swift build`, or set FAASFARM_BIN")
    daemon = Daemon(None)
    yield daemon
    daemon.stop()


@pytest.fixture
def scenario() -> str:
    """Three steps of 0.2 s."""
    return SCENARIO
