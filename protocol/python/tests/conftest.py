"""A daemon for the tests that want one."""

import pytest
from daemon import BINARY, Daemon

SCENARIO = """
name: quick
arrivals: {phases: [{name: steady, seconds: 60, rate: 20}]}
service: {constant: 0.05}
deadline: {seconds: 1}
workers: {min: 1, max: 4, initial: 2}
step: 0.2
steps: 3
"""


def started(*arguments: object) -> Daemon:
    if not BINARY.is_file():
        pytest.skip(f"there is no daemon at {BINARY}; build it with `swift build`, or set FAASFARM_BIN")
    return Daemon(*arguments)


@pytest.fixture
def daemon(tmp_path):
    """A daemon on a free port."""
    with started("--record", tmp_path / "episodes.sqlite") as daemon:
        yield daemon


@pytest.fixture(scope="module")
def simulator():
    """A daemon that does not record, for a module's tests together."""
    with started() as daemon:
        yield daemon


@pytest.fixture
def scenario() -> str:
    """Three steps of 0.2 s."""
    return SCENARIO
