"""What Gymnasium's own tools say of the environments of a daemon. All without a warning.

With FAASFARM_SIZE=full in full length, as `make soak` has it; otherwise at a small size, by the same code.
"""

import os
import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.utils.env_match import check_environments_match
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

IS_FULL = os.environ.get("FAASFARM_SIZE") == "full"
STEPS, SEEDS = (10_000, range(5)) if IS_FULL else (400, range(2))

CLASSIC = ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"]
FARM = {"scenario": "steady", "backend": "simulator"}

pytestmark = pytest.mark.filterwarnings("error")


def ours(daemon, name: str, **arguments) -> gymnasium.Env:
    # Ten thousand steps outlast a busy moment of the machine.
    return gymnasium.make(f"faasfarm/{name}", endpoint=daemon.endpoint, timeout=60, **arguments)


@pytest.mark.parametrize("name", CLASSIC)
def test_report81_its_checker_passes_classic_control(simulator, name: str) -> None:
    env = ours(simulator, name)
    with warnings.catch_warnings():
        # Gymnasium's own cart has no bounds of its velocities.
        warnings.filterwarnings("ignore", ".*infinity. This is probably too")
        # And its own pendulum has torques of 2.
        warnings.filterwarnings("ignore", ".*we recommend using a symmetric and normalized space.*")
        check_env(env.unwrapped)
    env.close()


@pytest.mark.parametrize("action", ["delta:1", "target", "paper"])
@pytest.mark.parametrize("observation", ["full", "paper"])
def test_report81_its_checker_passes_the_simulated_farm(simulator, observation: str, action: str) -> None:
    env = ours(simulator, "Farm-v0", observation=observation, action=action, **FARM)
    # Deterministic, so that the checker compares episodes.
    assert env.spec.nondeterministic is False
    check_env(env.unwrapped)
    env.close()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CLASSIC)
def test_classic_control_is_gymnasiums(simulator, name: str, seed: int) -> None:
    """Same seeds, same actions: the same spaces, observations, rewards, ends and infos, over many episodes."""
    theirs, env = gymnasium.make(name), ours(simulator, name)
    # It compares rewards to the last bit, and the pendulum's are sums of squares and sines.
    check_environments_match(theirs, env, num_steps=STEPS, seed=seed, skip_rew=name == "Pendulum-v1")
    env.close()
    theirs.close()


def test_the_pendulums_rewards_are_gymnasiums(simulator) -> None:
    theirs, env = gymnasium.make("Pendulum-v1"), ours(simulator, "Pendulum-v1")
    env.action_space.seed(6)
    for seed in SEEDS:
        env.reset(seed=seed)
        theirs.reset(seed=seed)
        for _ in range(200):
            action = env.action_space.sample()
            reward = env.step(action)[1]
            assert type(reward) is float and reward == pytest.approx(float(theirs.step(action)[1]), abs=1e-5)
    env.close()
    theirs.close()


def test_report84_observations_of_random_steps_are_in_their_space(simulator) -> None:
    """openai/gym#1844."""
    env = ours(simulator, "Farm-v0", **FARM)
    env.action_space.seed(3)
    observation, _ = env.reset(seed=3)
    for _ in range(STEPS):
        assert env.observation_space.contains(observation) and np.isfinite(observation).all(), observation
        observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            observation, _ = env.reset()
    env.close()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_report86_very_short_episodes(simulator, steps: int) -> None:
    """DLR-RM/stable-baselines3#810: the checker passes; a step after the end is typed, and the daemon is fine."""
    scenario = (
        f"name: short\narrivals: {{phases: [{{seconds: 60, rate: 5}}]}}\nservice: {{constant: 0.1}}\n"
        f"deadline: {{seconds: 1}}\nworkers: {{min: 1, max: 4, initial: 2}}\nstep: 1\nsteps: {steps}\n"
    )
    env = ours(simulator, "Farm-v0", scenario=scenario, backend="simulator").unwrapped
    if steps > 1:
        # Its checker says itself that an episode must be longer than a step.
        check_env(env, skip_render_check=True)
    env.reset(seed=1)
    ends = [env.step(0)[3] for _ in range(steps)]
    assert ends == [False] * (steps - 1) + [True]
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    env.reset()
    env.close()


def test_statistics_of_single_environments(simulator) -> None:
    env = gymnasium.wrappers.RecordEpisodeStatistics(ours(simulator, "CartPole-v1"))
    env.action_space.seed(1)
    for seed in range(20):
        env.reset(seed=seed)
        total = steps = 0
        while True:
            _, reward, terminated, truncated, info = env.step(env.action_space.sample())
            total, steps = total + reward, steps + 1
            if terminated or truncated:
                break
        assert (info["episode"]["r"], info["episode"]["l"]) == (total, steps)
    env.close()


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_report89_statistics_of_vectors_are_those_of_gymnasiums(simulator, mode: AutoresetMode) -> None:
    """Farama-Foundation/Gymnasium#1624: the same lengths and returns, in the same steps."""
    remote = gymnasium.make_vec("faasfarm/CartPole-v1", num_envs=4, endpoint=simulator.endpoint, autoreset_mode=mode)
    local = SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * 4, autoreset_mode=mode)
    both = [gymnasium.wrappers.vector.RecordEpisodeStatistics(envs) for envs in (remote, local)]
    for envs in both:
        envs.reset(seed=11)
    generator, ended = np.random.default_rng(2), 0
    for _ in range(STEPS):
        actions = generator.integers(2, size=4)
        (_, *got, infos), (_, *expected, other) = (envs.step(actions) for envs in both)
        for one, two in zip(got, expected, strict=True):
            np.testing.assert_array_equal(one, two)
        ends = [part.get("episode") for part in (infos, other)]
        assert (ends[0] is None) == (ends[1] is None)
        if ends[0] is not None:
            ended += 1
            np.testing.assert_array_equal(ends[0]["r"], ends[1]["r"])
            np.testing.assert_array_equal(ends[0]["l"], ends[1]["l"])
    assert ended > STEPS / 20
    for envs in both:
        envs.close()


@pytest.mark.parametrize("context", ["fork", "forkserver", "spawn"])
def test_report68_async_vectors_over_remote_environments(simulator, context: str, monkeypatch) -> None:
    """zeromq/pyzmq#1504: after use in the parent; the same course as in one process, and no warning in any."""
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    first = ours(simulator, "CartPole-v1")
    first.reset(seed=1)
    make = Maker(simulator.endpoint)
    apart, together = AsyncVectorEnv([make] * 2, context=context), SyncVectorEnv([make] * 2)
    np.testing.assert_array_equal(apart.reset(seed=5)[0], together.reset(seed=5)[0])
    generator = np.random.default_rng(4)
    for _ in range(60):
        actions = generator.integers(2, size=2)
        for got, expected in zip(apart.step(actions)[:4], together.step(actions)[:4], strict=True):
            np.testing.assert_array_equal(got, expected)
    first.step(0)
    for envs in (apart, together, first):
        envs.close()


class Maker:
    """Makes a remote environment; it pickles, as spawned processes need it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __call__(self) -> gymnasium.Env:
        return faasfarm.Env("faasfarm/CartPole-v1", endpoint=self.endpoint)
