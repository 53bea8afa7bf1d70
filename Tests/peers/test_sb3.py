"""Stable-Baselines3 on our environments: its checker, its vectors, its PPO."""

import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from faasfarm.sb3 import as_vec_env
from gymnasium.vector import AutoresetMode
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import is_masking_supported
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnvWrapper, VecMonitor

LIVE = """
name: live
arrivals: {phases: [{seconds: 60, rate: 20}]}
service: {constant: 0.02}
deadline: {seconds: 1}
workers: {min: 1, max: 2, initial: 1}
start_up: 0.05
step: 0.25
steps: 4
"""
IDS = ["faasfarm/CartPole-v1", "faasfarm/MountainCar-v0", "faasfarm/Acrobot-v1", "faasfarm/Pendulum-v1"]
SIMULATED = {"scenario": "steady", "backend": "simulator"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("env_id", IDS)
def test_its_checker_passes_classic_control(endpoint: str, env_id: str) -> None:
    env = faasfarm.Env(env_id, endpoint=endpoint)
    with warnings.catch_warnings():
        # Gymnasium's own pendulum has torques of 2 as well.
        warnings.filterwarnings("ignore", "We recommend you to use a symmetric and normalized Box action space")
        check_env(env)
    env.close()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("action", ["delta:2", "target", "paper"])
def test_its_checker_passes_the_farm(endpoint: str, action: str) -> None:
    env = faasfarm.Env("faasfarm/Farm-v0", endpoint=endpoint, action=action, **SIMULATED)
    check_env(env)
    env.close()


@pytest.mark.parametrize("mode", AutoresetMode)
def test_its_vectors_and_ours_do_the_same(endpoint: str, mode: AutoresetMode) -> None:
    """Beside DummyVecEnv of single environments: observations, rewards, ends, infos."""
    count = 3
    ours = as_vec_env(
        faasfarm.VectorEnv("faasfarm/CartPole-v1", count, endpoint=endpoint, autoreset_mode=mode, max_episode_steps=12)
    )

    def single() -> gymnasium.Env:
        return gymnasium.wrappers.TimeLimit(faasfarm.Env("faasfarm/CartPole-v1", endpoint=endpoint), 12)

    theirs = DummyVecEnv([single] * count)
    try:
        for envs in (ours, theirs):
            envs.seed(7)
        np.testing.assert_array_equal(ours.reset(), theirs.reset())
        generator, ended, cut = np.random.default_rng(1), 0, 0
        for _ in range(60):
            actions = generator.integers(2, size=count)
            observation, rewards, dones, infos = ours.step(actions)
            expected = theirs.step(actions)
            np.testing.assert_array_equal(observation, expected[0])
            np.testing.assert_array_equal(rewards, expected[1])
            assert rewards.dtype == expected[1].dtype and dones.dtype == expected[2].dtype
            np.testing.assert_array_equal(dones, expected[2])
            for index in np.flatnonzero(dones):
                ended += 1
                cut += infos[index]["TimeLimit.truncated"]
                assert infos[index]["TimeLimit.truncated"] == expected[3][index]["TimeLimit.truncated"]
                last = expected[3][index]["terminal_observation"]
                np.testing.assert_array_equal(infos[index]["terminal_observation"], last)
        assert 0 < cut < ended
    finally:
        ours.close()
        theirs.close()


def test_what_its_vectors_are_asked_for(endpoint: str) -> None:
    envs = as_vec_env(faasfarm.VectorEnv("faasfarm/CartPole-v1", 4, endpoint=endpoint, autoreset_mode="SameStep"))
    envs.reset()
    assert envs.get_attr("render_mode", [0, 3]) == [None, None]
    assert envs.get_attr("action_space", 1) == [gymnasium.spaces.Discrete(2)]
    envs.set_attr("difficulty", 3, indices=[1, 2])
    assert envs.get_attr("difficulty") == [None, 3, 3, None]
    assert envs.env_is_wrapped(Monitor) == [False] * 4
    masks = envs.env_method("action_masks", indices=[0, 1])
    assert [mask.tolist() for mask in masks] == [[True, True]] * 2
    assert envs.has_attr("action_masks") and not envs.has_attr("no_such_thing")
    with pytest.raises(AttributeError, match="no method fly"):
        envs.env_method("fly")
    envs.close()


def test_masks_follow_the_farm(endpoint: str) -> None:
    envs = as_vec_env(
        faasfarm.VectorEnv(
            "faasfarm/Farm-v0", 2, endpoint=endpoint, autoreset_mode="SameStep", action="delta:2", **SIMULATED
        )
    )
    envs.seed(1)
    envs.reset()
    for _ in range(40):
        # Fewer workers each time, until there are no fewer to be had.
        envs.step(np.zeros(2, dtype=np.int64))
        masks = np.stack(envs.env_method("action_masks"))
        if not masks[:, :2].any():
            break
    assert masks.tolist() == [[False, False, True, True, True]] * 2
    envs.close()


def test_ppo_learns_to_hold_the_pole(endpoint: str) -> None:
    envs = faasfarm.VectorEnv("faasfarm/CartPole-v1", 8, endpoint=endpoint, autoreset_mode="SameStep")
    monitored = VecMonitor(as_vec_env(envs))
    model = PPO("MlpPolicy", monitored, n_steps=128, batch_size=256, n_epochs=8, learning_rate=1e-3, seed=3)
    before, _ = evaluate_policy(model, monitored, n_eval_episodes=10)
    model.learn(24_000)
    after, _ = evaluate_policy(model, monitored, n_eval_episodes=10)
    assert after > max(before, 200), (before, after)
    monitored.close()


def test_ppo_trains_on_a_single_environment(endpoint: str) -> None:
    env = gymnasium.make("faasfarm/Farm-v0", endpoint=endpoint, **SIMULATED)
    model = PPO("MlpPolicy", env, n_steps=64, batch_size=64, seed=1).learn(128)
    assert all(bool(parameter.isfinite().all()) for parameter in model.policy.parameters())
    env.close()


def test_maskable_ppo_takes_no_action_that_has_no_effect(endpoint: str) -> None:
    """sb3-contrib's agent asks for the masks; what it plays is among what they allow."""
    envs = faasfarm.VectorEnv(
        "faasfarm/Farm-v0", 4, endpoint=endpoint, autoreset_mode="SameStep", action="delta:2", **SIMULATED
    )
    adapted = Watching(as_vec_env(envs))
    assert is_masking_supported(adapted)
    MaskablePPO("MlpPolicy", adapted, n_steps=64, batch_size=64, seed=1).learn(512)
    assert adapted.steps >= 128 and adapted.forbidden == 0
    # The scenario does reach its bounds, or nothing has been tried.
    assert adapted.masked > 0
    adapted.close()


class Watching(VecEnvWrapper):
    """Counts actions that the masks forbid."""

    def __init__(self, envs) -> None:
        super().__init__(envs)
        self.steps = self.forbidden = self.masked = 0

    def reset(self):
        return self.venv.reset()

    def step_async(self, actions) -> None:
        masks = np.stack(self.venv.env_method("action_masks"))
        self.steps += 1
        self.masked += int((~masks).sum())
        self.forbidden += int((~masks[np.arange(len(actions)), actions]).sum())
        self.venv.step_async(actions)

    def step_wait(self):
        return self.venv.step_wait()


def test_its_ppo_learns_on_live_farms(endpoint: str) -> None:
    """Two farms in real time, over two rounds with an end of their episodes in each."""
    envs = faasfarm.VectorEnv("faasfarm/Farm-v0", 2, endpoint=endpoint, scenario=LIVE, autoreset_mode="SameStep")
    monitored = VecMonitor(as_vec_env(envs))
    model = PPO("MlpPolicy", monitored, n_steps=6, batch_size=6, seed=1).learn(24)
    assert model.num_timesteps == 24
    assert [episode["l"] for episode in model.ep_info_buffer] == [4] * 6
    monitored.close()
