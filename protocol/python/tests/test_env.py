"""The environment against a real daemon."""

import copy
import pickle
import time
import warnings

import faasfarm
import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env


def make(daemon, scenario: str, **arguments) -> gymnasium.Env:
    return gymnasium.make("faasfarm/Farm-v0", endpoint=daemon.endpoint, scenario=scenario, **arguments)


@pytest.mark.parametrize("observation", ["full", "paper"])
def test_report81_check_env_passes_without_a_warning(daemon, scenario, observation) -> None:
    """Farama-Foundation/Gymnasium#1084: a live farm says that it is nondeterministic, and the checker believes it."""
    env = make(daemon, scenario.replace("steps: 3", "steps: 30"), observation=observation)
    assert env.spec.nondeterministic
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    env.close()


def test_report85_types_of_the_five_step_values(daemon, scenario) -> None:
    """Farama-Foundation/Gymnasium#825: float32 array, Python float, two Python bools, plain dict."""
    env = make(daemon, scenario, action="delta:1")
    observation, info = env.reset(seed=np.int64(5))
    assert env.observation_space.contains(observation)
    for action in (1, np.int64(1), np.array(1)):
        observation, reward, terminated, truncated, info = env.step(action)
        assert observation.dtype == np.float32 and env.observation_space.contains(observation)
        assert type(reward) is float and type(terminated) is bool and type(truncated) is bool and type(info) is dict
        observation[0] = 0.5  # the caller's own memory
    assert truncated and info["reason"] == "horizon"
    totals = info["totals"]
    assert totals["emitted"] == sum(totals[place] for place in ("queued", "running", "done", "failed"))
    env.close()


@pytest.mark.parametrize("action", [np.array([2]), 2.0, True, "2", None, 99, -1])
def test_wrong_actions_are_refused_and_step_nothing(daemon, scenario, action) -> None:
    env = make(daemon, scenario, disable_env_checker=True).unwrapped
    env.reset()
    with pytest.raises((faasfarm.InvalidAction, TypeError)):
        env.step(action)
    assert env.step(2)[4]["metrics"]["step"] == 1
    env.close()


@pytest.mark.parametrize("seed", [-1, True, 1.0, "5"])
def test_wrong_seeds_are_refused(daemon, scenario, seed) -> None:
    env = make(daemon, scenario).unwrapped
    with pytest.raises(gymnasium.error.Error):
        env.reset(seed=seed)
    env.reset(seed=2**90 + 1)
    env.close()


def test_report78_order_of_calls(daemon, scenario) -> None:
    """tkn-tub/veins-gym#3: ordering errors are typed and leave the connection usable."""
    env = make(daemon, scenario).unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(2)
    env.reset()
    while not env.step(2)[3]:
        pass
    with pytest.raises(faasfarm.ResetNeeded):
        env.step(2)
    env.reset()
    env.close()


def test_errors_have_classes_that_gymnasium_knows(daemon, scenario) -> None:
    with pytest.raises(faasfarm.FaaSFarmError) as refused:
        make(daemon, scenario, observation="everything")
    assert refused.value.reason == "BAD_ARGUMENT" and "observation" in str(refused.value)
    with pytest.raises(gymnasium.error.NameNotFound):
        faasfarm.Env("faasfarm/Nothing-v0", endpoint=daemon.endpoint)


def test_copies_open_sessions_of_their_own(daemon, scenario) -> None:
    env = make(daemon, scenario).unwrapped
    env.reset()
    for other in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        other.reset()
        assert other._session != env._session
        other.close()
    env.step(2)
    env.close()
    env.close()


def test_ansi_rendering(daemon, scenario) -> None:
    env = make(daemon, scenario, render_mode="ansi")
    env.reset()
    assert isinstance(env.render(), str) and env.render()
    env.close()


def test_a_recorded_episode_is_replayed_exactly(daemon, scenario) -> None:
    env = make(daemon, scenario)
    first, info = env.reset(seed=1)
    steps = [env.step(2)[:4] for _ in range(3)]
    env.close()
    again = gymnasium.make("faasfarm/Replay-v0", endpoint=daemon.endpoint, episode=int(info["episode_id"]))
    assert np.array_equal(again.reset()[0], first)
    for recorded in steps:
        replayed = again.step(2)
        assert np.array_equal(replayed[0], recorded[0]) and replayed[1:4] == recorded[1:4]
    again.close()


def test_report65_a_killed_daemon_raises_a_typed_error_in_time(daemon, scenario) -> None:
    """zeromq/libzmq#1227: no wait without an end, and close is quick."""
    env = make(daemon, scenario, timeout=1.0).unwrapped
    env.reset()
    daemon.process.kill()
    daemon.process.wait()
    begun = time.monotonic()
    with pytest.raises(faasfarm.ServerTimeout):
        env.step(2)
    env.close()
    assert time.monotonic() - begun < 8


def test_report68_async_vector_over_remote_environments(daemon, scenario) -> None:
    """zeromq/pyzmq#1504: a context is made in each process on first use."""
    used = make(daemon, scenario)
    used.reset()
    for context in ("fork", "spawn"):
        vector = gymnasium.vector.AsyncVectorEnv(
            [Maker(daemon.endpoint, scenario) for _ in range(2)], context=context, shared_memory=False
        )
        vector.reset(seed=1)
        vector.step(np.array([2, 2]))
        vector.close()
    used.step(2)
    used.close()


class Maker:
    """Makes an environment in another process."""

    def __init__(self, endpoint: str, scenario: str) -> None:
        self.arguments = {"endpoint": endpoint, "scenario": scenario}

    def __call__(self) -> gymnasium.Env:
        import faasfarm  # noqa: F401  registers the ids in a spawned process

        return gymnasium.make("faasfarm/Farm-v0", **self.arguments)
