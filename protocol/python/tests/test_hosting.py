"""`faasfarm.host`: Python environments behind the wire are what they are in this process."""

import faasfarm
import gymnasium
import numpy as np
import pytest
from counting import Counting
from faasfarm.errors import FaaSFarmError
from gymnasium.spaces import Box
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.utils.env_match import check_environments_match
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hosted_envs import LOOPBACK, SPACES, Echo, Faulty, Painted
from same import assert_same


@pytest.fixture(scope="module")
def server():
    with faasfarm.host({"Echo-v0": Echo, "Counting-v0": Counting, "Faulty-v0": Faulty}, LOOPBACK) as server:
        yield server


@pytest.mark.parametrize("name", SPACES)
def test_every_kind_of_space_passes_there_and_back(server, name: str) -> None:
    env = faasfarm.Env("Echo-v0", endpoint=server.endpoint, space=name)
    try:
        assert env.observation_space == SPACES[name] and env.action_space == SPACES[name]
        if isinstance(SPACES[name], Box):  # Equal spaces may have zeros of other signs.
            assert env.observation_space.low.tobytes() == SPACES[name].low.tobytes()
        first, _ = env.reset(seed=5)
        assert env.observation_space.contains(first)
        env.action_space.seed(11)
        for _ in range(25):
            action = env.action_space.sample()
            observation, reward, *_, info = env.step(action)
            assert data_equivalence(observation, action, exact=True), (observation, action)
            assert reward == 1.0 and info["echo"] == str(action)
    finally:
        env.close()


def test_numbers_at_the_edges_pass_unchanged(server) -> None:
    env = faasfarm.Env("Echo-v0", endpoint=server.endpoint, space="longs")
    env.reset(seed=1)
    for action in ([2**62, -(2**62)], [2**53 + 1, -(2**53) - 1], [0, -1]):
        observation, *_ = env.step(np.array(action))
        assert observation.tolist() == action
    env.close()


@pytest.mark.parametrize("mode", AutoresetMode)
def test_a_vector_is_gymnasiums_own(server, mode: AutoresetMode) -> None:
    ours = faasfarm.VectorEnv("Counting-v0", 3, endpoint=server.endpoint, autoreset_mode=mode, observation="dict")
    theirs = SyncVectorEnv([lambda: Counting("dict")] * 3, autoreset_mode=mode)
    try:
        assert_same(ours.reset(seed=[4, 9, 2]), theirs.reset(seed=[4, 9, 2]), "reset")
        ended = np.zeros(3, dtype=bool)
        for step in range(30):
            if mode is AutoresetMode.DISABLED and ended.any():
                options = [{"reset_mask": ended.copy()} for _ in range(2)]
                assert_same(ours.reset(options=options[0]), theirs.reset(options=options[1]), f"reset {step}")
            actions = np.array([step % 5 - 2, 0, 1])
            got, expected = ours.step(actions), theirs.step(actions)
            assert_same(got, expected, f"step {step}")
            ended = expected[2] | expected[3]
    finally:
        ours.close()
        theirs.close()


def test_a_single_environment_is_the_one_in_this_process(server) -> None:
    ours, theirs = faasfarm.Env("Counting-v0", endpoint=server.endpoint, length=4), Counting(length=4)
    for _ in range(3):
        assert_same(ours.reset(seed=8, options={"a": 1}), theirs.reset(seed=8, options={"a": 1}), "reset")
        for step in range(4):
            assert_same(ours.step(step - 2), theirs.step(step - 2), f"step {step}")
        with pytest.raises(faasfarm.ResetNeeded):
            ours.step(0)
    ours.close()


@pytest.mark.filterwarnings("error")
def test_the_checkers_have_nothing_to_say() -> None:
    gymnasium.register("tests/Car-v0", "faasfarm.env:Env", kwargs={"env_id": "MountainCar-v0"})
    try:
        with faasfarm.host("MountainCar-v0", LOOPBACK) as server:
            env = gymnasium.make("tests/Car-v0", endpoint=server.endpoint)
            assert env.unwrapped.session.made.spec.max_episode_steps == 200
            check_env(env.unwrapped)
            own = gymnasium.make("MountainCar-v0")
            check_environments_match(own, env, num_steps=500, seed=3)
            env.close()
    finally:
        del gymnasium.registry["tests/Car-v0"]


def test_failures_are_typed_and_end_the_episode(server) -> None:
    env = faasfarm.Env("Faulty-v0", endpoint=server.endpoint)
    for action, reason in [(1, "ENV_CRASHED"), (2, "NON_FINITE_REWARD"), (3, "OBSERVATION_INVALID")]:
        env.reset(seed=1)
        # What has no form on the wire is left out.
        assert env.step(0)[4] == {}
        with pytest.raises(FaaSFarmError) as caught:
            env.step(action)
        assert caught.value.reason == reason
        with pytest.raises(faasfarm.ResetNeeded):
            env.step(0)
    with pytest.raises(FaaSFarmError, match="as was asked for"):
        env.reset(options={"fail": True})
    env.reset()
    env.close()


def test_arguments_are_checked_and_told(server) -> None:
    with pytest.raises(FaaSFarmError, match="it has: observation"):
        faasfarm.Env("Counting-v0", endpoint=server.endpoint, no_such=1)
    with pytest.raises(FaaSFarmError, match="cannot be made"):
        faasfarm.Env("Counting-v0", endpoint=server.endpoint, observation="no such")
    with pytest.raises(faasfarm.EnvironmentNotFound, match="Counting-v0"):
        faasfarm.Env("Nothing-v0", endpoint=server.endpoint)
    env = faasfarm.Env("Counting-v0", endpoint=server.endpoint)
    assert {entry.key: entry.value.text for entry in env.session.made.kwargs} == {"observation": "box"}
    env.close()


def test_pictures_and_texts_pass_from_environments_and_vectors() -> None:
    with faasfarm.host(Painted, LOOPBACK, "Painted-v0") as server:
        env = faasfarm.Env("Painted-v0", endpoint=server.endpoint, render_mode="rgb_array")
        # What opens a window has no form on the wire.
        assert env.metadata == {"render_modes": ["rgb_array", "ansi"], "render_fps": 7}
        env.reset(seed=1)
        env.step(0)
        own = Painted("rgb_array")
        own.reset(seed=1)
        own.step(0)
        np.testing.assert_array_equal(env.render(), own.render())
        env.close()
        envs = faasfarm.VectorEnv("Painted-v0", 2, endpoint=server.endpoint, render_mode="ansi")
        envs.reset(seed=1)
        assert envs.render() == ("0 steps", "0 steps")
        envs.close()
        with pytest.raises(FaaSFarmError, match="rgb_array, ansi"):
            faasfarm.Env("Painted-v0", endpoint=server.endpoint, render_mode="human")
