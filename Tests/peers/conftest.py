"""A daemon for the tests with other people's learners."""

import os

import pytest

# Two threads gain nothing with networks this small, and disturb others.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def endpoint():
    """Where a daemon of these tests listens."""
    from daemon import Daemon

    with Daemon() as daemon:
        yield daemon.endpoint
