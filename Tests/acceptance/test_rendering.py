"""Pictures of farms over the wire, as Gymnasium's wrappers and recorders take them."""

import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from daemon import SMALL, Daemon
from gymnasium.utils.env_checker import check_env

SHAPE = (400, 640, 3)


@pytest.fixture(scope="module")
def daemon():
    with Daemon() as running:
        yield running


def make(daemon, **arguments):
    return gymnasium.make("faasfarm/Farm-v0", endpoint=daemon.endpoint, render_mode="rgb_array", **arguments)


def test_a_simulated_farm_passes_gymnasiums_check_with_its_rendering(daemon) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = make(daemon, scenario="shuffled", backend="simulator")
        check_env(env.unwrapped)
        assert env.metadata["render_modes"] == ["ansi", "rgb_array"] and env.metadata["render_fps"] > 0
        env.close()


@pytest.mark.parametrize("backend", ["simulator", "embedded"])
def test_each_step_has_a_picture_of_its_own(daemon, backend) -> None:
    env = make(daemon, scenario=SMALL, backend=backend, action="delta:1")
    env.reset(seed=1)
    pictures = [env.render()]
    for action in (2, 2, 0):
        env.step(action)
        pictures.append(env.render())
    assert all(picture.dtype == np.uint8 and picture.shape == SHAPE for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    env.close()


def test_a_vectors_pictures_are_those_of_its_environments(daemon) -> None:
    arguments = {"scenario": "shuffled", "backend": "simulator", "endpoint": daemon.endpoint}
    envs = faasfarm.VectorEnv(num_envs=3, render_mode="rgb_array", **arguments)
    envs.reset(seed=5)
    envs.step(np.array([2, 3, 4]))
    for index, (action, picture) in enumerate(zip((2, 3, 4), envs.render(), strict=True)):
        env = faasfarm.Env(render_mode="rgb_array", **arguments)
        env.reset(seed=5 + index)
        env.step(action)
        np.testing.assert_array_equal(picture, env.render())
        env.close()
    envs.close()
