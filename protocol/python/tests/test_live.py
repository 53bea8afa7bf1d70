"""The environment against a real daemon, with its own gateway and worker processes."""

import copy
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import faasfarm
import faasfarm.daemon
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, PROMPT, Daemon, is_alive, wait_until
from gymnasium.utils.env_checker import check_env

pytestmark = pytest.mark.skipif(not BINARY.is_file(), reason=f"there is no daemon at {BINARY}")


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
    with pytest.raises(faasfarm.InvalidAction):
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
        assert other.session.id != env.session.id
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
    # Three, and fewer on a machine that is so busy that windows are merged.
    steps = []
    while not steps or not (steps[-1][2] or steps[-1][3]):
        steps.append(env.step(2)[:4])
    env.close()
    again = gymnasium.make("faasfarm/Replay-v0", endpoint=daemon.endpoint, episode=int(info["episode_id"]))
    assert np.array_equal(again.reset()[0], first)
    for recorded in steps:
        replayed = again.step(2)
        assert np.array_equal(replayed[0], recorded[0]) and replayed[1:4] == recorded[1:4]
    again.close()


def test_report65_a_daemon_killed_during_a_step_raises_a_typed_error_in_time(daemon, scenario) -> None:
    """zeromq/libzmq#1227: no wait without an end, and close is quick."""
    env = make(daemon, scenario.replace("step: 0.2", "step: 2"), timeout=3.0).unwrapped
    env.reset()
    killer = threading.Timer(0.5, daemon.process.kill)
    killer.start()
    begun = time.monotonic()
    with pytest.raises(faasfarm.ServerTimeout):
        env.step(2)
    assert time.monotonic() - begun < env.session.step_timeout + PROMPT
    killer.join()
    begun = time.monotonic()
    env.close()
    assert time.monotonic() - begun < PROMPT


def test_report65_a_daemon_started_anew_does_not_know_the_session(daemon, scenario, tmp_path) -> None:
    env = make(daemon, scenario, timeout=3.0).unwrapped
    env.reset()
    daemon.process.kill()
    daemon.process.wait()
    port = int(daemon.endpoint.rsplit(":", 1)[1])
    with Daemon("--record", tmp_path / "episodes.sqlite", port=port):
        with pytest.raises(faasfarm.SessionLost):
            env.step(2)
        env.close()


def test_report78_many_resets_leak_nothing(daemon, scenario) -> None:
    """tkn-tub/veins-gym#11: reset timed out after about a thousand episodes. Here 100, with the counts watched."""
    env = make(daemon, scenario)
    env.reset(seed=1)
    folder = Path("/proc") / str(daemon.process.pid)
    if not folder.is_dir():
        pytest.skip("needs /proc")

    def counts() -> tuple[int, int, int]:
        """Files of ours, files and threads of the daemon's."""
        return tuple(len(list(path.iterdir())) for path in (Path("/proc/self/fd"), folder / "fd", folder / "task"))

    for _ in range(10):
        env.reset()
    before = counts()
    for _ in range(90):
        env.reset()
    assert all(now <= then + 4 for now, then in zip(counts(), before, strict=True))
    env.close()


def test_two_clients_at_once_do_not_wait_for_each_other(daemon, scenario) -> None:
    """A slow live step never delays another session."""
    slow = make(daemon, scenario.replace("step: 0.2", "step: 3"))
    quick = make(daemon, scenario)
    slow.reset()
    quick.reset()
    thread = threading.Thread(target=slow.step, args=(2,))
    thread.start()
    rewards = [quick.step(2)[1] for _ in range(3)]
    assert thread.is_alive()
    assert len(rewards) == 3
    thread.join()
    slow.close()
    quick.close()


def test_without_an_endpoint_a_daemon_is_started_and_ends_with_the_last_environment(scenario, monkeypatch) -> None:
    monkeypatch.setenv("FAASFARM_BIN", str(BINARY))
    first, second = (gymnasium.make("faasfarm/Farm-v0", scenario=scenario) for _ in range(2))
    child = faasfarm.daemon._child
    assert child.users == 2
    first.reset()
    first.close()
    second.reset()
    second.step(2)
    assert child.process.poll() is None
    second.close()
    assert child.process.returncode is not None and faasfarm.daemon._child is None


def test_a_killed_agent_takes_its_daemon_with_it(scenario) -> None:
    code = f"""
import faasfarm, time
env = faasfarm.Env(scenario={scenario!r})
env.reset()
print(faasfarm.daemon._child.process.pid, flush=True)
time.sleep(60)
"""
    environment = os.environ | {"FAASFARM_BIN": str(BINARY)}
    agent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    child = int(agent.stdout.readline())
    agent.kill()
    agent.wait()
    agent.stdout.close()
    wait_until(lambda: not is_alive(child), what="the daemon's end")


@pytest.mark.parametrize("observation", ["full", "paper"])
def test_observations_are_the_callers_own(daemon, scenario, observation) -> None:
    env = make(daemon, scenario, observation=observation)
    first, _ = env.reset()
    kept = first.copy()
    second = env.step(2)[0]
    second[:] = 0
    assert np.array_equal(first, kept)
    env.close()


def test_report68_async_vector_over_remote_environments(daemon, scenario) -> None:
    """zeromq/pyzmq#1504: a context is made in each process on first use."""
    used = make(daemon, scenario)
    used.reset()
    for context in ("fork", "forkserver", "spawn"):
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


def test_a_step_in_two_halves_is_a_step(simulator) -> None:
    """What `send` and `recv` give is what `step` gives, and one step at a time is under way."""
    whole, halves = (
        faasfarm.VectorEnv("faasfarm/CartPole-v1", num_envs=3, endpoint=simulator.endpoint) for _ in range(2)
    )
    try:
        for envs in (whole, halves):
            envs.reset(seed=5)
        for step in range(40):
            actions = np.array([step % 2, 1, 0])
            halves.send(actions)
            with pytest.raises(faasfarm.FaaSFarmError) as refused:
                halves.send(actions)
            assert refused.value.reason == "SESSION_BUSY"
            expected, got = whole.step(actions), halves.recv()
            for left, right in zip(expected[:4], got[:4], strict=True):
                np.testing.assert_array_equal(left, right)
        with pytest.raises(faasfarm.FaaSFarmError) as refused:
            halves.recv()
        assert refused.value.reason == "BAD_ARGUMENT"
    finally:
        whole.close()
        halves.close()
