"""The daemon's limits, which its hello tells: what goes beyond is told before it is sent."""

import time

import faasfarm
import numpy as np
import pytest
from faasfarm.errors import FaaSFarmError, RequestTooLong
from gymnasium import spaces
from hosted_envs import LOOPBACK
from test_out_of_space import Anything

LIMIT = 16 << 20


def test_a_request_beyond_the_daemons_limit_is_refused_at_once_and_the_session_goes_on(simulator) -> None:
    begun = time.monotonic()
    with pytest.raises(
        RequestTooLong, match=rf"make has \d+ bytes, .* takes {LIMIT} at most; nothing was sent"
    ) as caught:
        faasfarm.Env(endpoint=simulator.endpoint, scenario="x" * (LIMIT + 1))
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "MESSAGE_TOO_LARGE")
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    env.reset(seed=1)
    with pytest.raises(RequestTooLong, match="Give shorter options"):
        env.reset(options={"much": np.zeros(LIMIT, np.uint8)})
    # No id was used up for it, and the episode goes on.
    assert env.step(1)[1] == 1.0
    env.close()
    assert time.monotonic() - begun < 10


def test_a_vectors_step_beyond_the_limit_is_refused_at_once() -> None:
    class Large(Anything):
        def __init__(self) -> None:
            self.action_space = spaces.Box(-1, 1, (1000,), np.float64)

    with faasfarm.host(Large, LOOPBACK, "Large-v0", max_message_bytes=100_000) as server:
        few, many = (faasfarm.VectorEnv("Large-v0", count, endpoint=server.endpoint) for count in (2, 20))
        for envs in (few, many):
            envs.reset()
        with pytest.raises(RequestTooLong, match="Make fewer environments"):
            many.step(np.zeros((20, 1000)))
        assert few.step(np.zeros((2, 1000)))[1].tolist() == [1.0, 1.0]
        few.close()
        many.close()


@pytest.mark.parametrize("count", [0, 10**6, 2**31, 2**40])
def test_more_environments_than_the_daemon_makes_are_refused_in_text(simulator, count: int) -> None:
    with pytest.raises((ValueError, FaaSFarmError), match="num_envs"):
        faasfarm.VectorEnv("faasfarm/CartPole-v1", count, endpoint=simulator.endpoint)


def test_values_nested_deeper_than_the_daemon_reads_are_refused_in_text(simulator) -> None:
    deep: list = []
    for depth in range(1, 200):
        deep = [deep]
        if depth in (20, 35, 60, 199):
            with pytest.raises((FaaSFarmError, ValueError), match="deep|scenario"):
                faasfarm.Env(endpoint=simulator.endpoint, scenario=deep)
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    env.close()


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e30, "10", None, True])
def test_what_is_no_timeout_is_refused_before_anything_is_made(timeout) -> None:
    for make in (faasfarm.Env, faasfarm.VectorEnv):
        with pytest.raises(ValueError, match="timeout must be a number of seconds"):
            make("faasfarm/CartPole-v1", endpoint="tcp://127.0.0.1:1", timeout=timeout)
