"""Actions beyond every integer type: a typed error, and the session is usable. Farama-Foundation/Gymnasium#1648."""

import faasfarm
import gymnasium
import numpy as np
import pytest
from faasfarm.errors import InvalidAction
from gymnasium import spaces
from hosted_envs import LOOPBACK

BEYOND = [2**31, 2**63, 2**64, 2**200, -1, -(2**63), -(2**64), np.uint64(2**64 - 1), np.int64(-(2**63))]

SPACES = {
    "discrete": spaces.Discrete(3),
    "multi": spaces.MultiDiscrete([3, 4]),
    "binary": spaces.MultiBinary(2),
    "small": spaces.Box(0, 5, (2,), np.int8),
    "unsigned": spaces.Box(0, 2**64 - 1, (2,), np.uint64),
    "signed": spaces.Box(-(2**63), 2**63 - 1, (2,), np.int64),
}


class Anything(gymnasium.Env):
    observation_space = spaces.Discrete(2)

    def __init__(self, kind: str = "multi") -> None:
        self.action_space = SPACES[kind]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 1, 1.0, False, False, {}


def assert_out_of_space(env, action, good) -> None:
    with pytest.raises(InvalidAction) as caught:
        env.step(action)
    assert caught.value.reason == "ACTION_OUT_OF_SPACE", caught.value
    assert np.all(env.step(good)[1] == 1.0)


def test_gymnasium_1648_a_discrete_action_of_any_size(simulator) -> None:
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    for action in [*BEYOND, np.array(2**64 - 1, np.uint64)]:
        env.reset(seed=1)
        assert_out_of_space(env, action, 1)
    env.close()


def test_gymnasium_1648_discrete_actions_of_a_vector(simulator) -> None:
    envs = faasfarm.VectorEnv("faasfarm/CartPole-v1", 2, endpoint=simulator.endpoint)
    for action in BEYOND:
        envs.reset(seed=1)
        assert_out_of_space(envs, [0, action], [1, 0])
    assert_out_of_space(envs, np.array([0, 2**64 - 1], np.uint64), [1, 0])
    assert_out_of_space(envs, np.array([0, 2**64], dtype=object), [1, 0])
    # A number with a fraction part is of the wrong type, whatever its size.
    with pytest.raises(InvalidAction) as caught:
        envs.step([0.5, 1])
    assert caught.value.reason == "ACTION_DTYPE"
    envs.close()


@pytest.mark.parametrize("kind", ["multi", "binary", "small"])
def test_gymnasium_1648_actions_that_are_arrays(kind: str) -> None:
    with faasfarm.host(Anything, LOOPBACK, "Anything-v0") as server:
        env = faasfarm.Env("Anything-v0", endpoint=server.endpoint, kind=kind)
        env.reset()
        good = np.array([1, 0], np.int8)
        for number in BEYOND:
            action = np.array([number, 0], dtype=object if not -(2**63) <= int(number) < 2**63 else np.int64)
            assert_out_of_space(env, action, good)
        assert_out_of_space(env, np.array([2**64 - 1, 0], np.uint64), good)
        env.close()


@pytest.mark.parametrize("kind", ["unsigned", "signed"])
@pytest.mark.filterwarnings("error")
def test_gymnasium_1648_bounds_of_64_bits_come_whole(kind: str) -> None:
    """Bounds are doubles on the wire, which round 2^63 - 1 up; the space is the environment's nevertheless."""
    space = SPACES[kind]
    with faasfarm.host(Anything, LOOPBACK, "Anything-v0") as server:
        env = faasfarm.Env("Anything-v0", endpoint=server.endpoint, kind=kind)
        assert env.action_space == space
        env.reset()
        assert env.step(space.high)[1] == env.step(space.low)[1] == 1.0
        env.close()
