"""The environment as Gymnasium sees it, against a daemon in a thread."""

import copy
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
import time

import faasfarm
import gymnasium
import numpy as np
import pytest
from faasfarm.errors import ServerTimeout
from stub import StubDaemon


@pytest.fixture
def stub():
    with StubDaemon() as stub:
        yield stub


@pytest.fixture
def env(stub):
    env = gymnasium.make("faasfarm/Farm-v0", endpoint=stub.endpoint)
    yield env
    env.close()


def test_report85_types_of_the_five_step_values(env) -> None:
    """Farama-Foundation/Gymnasium#825: float32 array, Python float, two Python bools, plain dict."""
    observation, info = env.reset(seed=1)
    assert info["episode_id"] == "12"
    first, reward, terminated, truncated, info = env.step(2)
    assert first.dtype == np.float32 and first.flags.owndata and first.flags.writeable
    assert type(reward) is float and type(terminated) is bool and type(truncated) is bool and type(info) is dict
    assert {key: type(value) for key, value in info.items()} == {
        "action_mask": np.ndarray,
        "late": bool,
        "note": str,
        "steps": int,
        "terms": dict,
    }
    assert info["terms"] == {"miss": -0.5}
    first[0] = 99
    assert env.step(2)[0][0] == 2 and observation[0] == 0


@pytest.mark.parametrize("action", [2, np.int64(2), np.uint8(2), np.array(2)])
def test_report94_integers_of_all_kinds_are_one_action(env, action) -> None:
    """MO-Gymnasium#54."""
    env.reset()
    assert env.step(action)[0].tolist() == [1, 2]


@pytest.mark.parametrize("action", [np.array([2]), 2.0, np.float32(2), True, np.True_, "2", None, 99, -1, 5, [2]])
def test_report94_what_is_no_action_is_refused_here_and_steps_nothing(stub, env, action) -> None:
    """ViZDoom#647: never a silent no-op."""
    env.reset()
    with pytest.raises(gymnasium.error.InvalidAction) as refused:
        env.step(action)
    assert refused.value.reason.startswith("ACTION_")
    assert "step" not in stub.kinds()
    assert env.step(2)[1] == 1


@pytest.mark.parametrize("seed", [-1, True, 1.0, "5", np.int64(-2), np.array([1])])
def test_wrong_seeds_are_refused(stub, env, seed) -> None:
    with pytest.raises(gymnasium.error.Error):
        env.reset(seed=seed)
    assert "reset" not in stub.kinds()


@pytest.mark.parametrize("seed", [0, 5, np.uint8(7), 2**32, 2**100 + 3])
def test_seeds_of_any_size_arrive(env, seed) -> None:
    env.reset(seed=seed)
    assert env.unwrapped.episode_seed == env.unwrapped.np_random_seed == int(seed)


def test_the_seed_that_the_daemon_drew_is_told(env) -> None:
    env.reset()
    assert env.unwrapped.episode_seed == 7


def test_the_daemon_says_whether_it_is_deterministic_and_applies_the_time_limit(env) -> None:
    assert env.spec.nondeterministic is False
    assert env.spec.max_episode_steps is None
    assert "TimeLimit" not in str(env)
    assert json.loads(env.spec.to_json())["kwargs"]["endpoint"].startswith("tcp://")


def test_arguments_arrive_with_their_types_in_the_order_of_their_names(stub, tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\n")
    arguments = {"scenario": file, "speed": 2.5, "history": 3, "reward": {"miss": 1, "cost": 0.5}, "backend": None}
    env = faasfarm.Env(endpoint=stub.endpoint, observation=["ready", "queue_length"], flag=True, **arguments)
    entries = {entry.key: entry.value for entry in env.session.made.kwargs}
    assert list(entries) == ["flag", "history", "observation", "reward", "scenario", "speed"]
    assert entries["scenario"].text == "name: mine\n"
    assert entries["speed"].number == 2.5 and entries["history"].integer == 3 and entries["flag"].boolean is True
    assert [item.text for item in entries["observation"].tuple.items] == ["ready", "queue_length"]
    assert [entry.key for entry in entries["reward"].dict.entries] == ["cost", "miss"]
    env.close()


def test_copies_open_sessions_of_their_own(env) -> None:
    env.reset()
    env.step(1)
    for other in (pickle.loads(pickle.dumps(env.unwrapped)), copy.deepcopy(env.unwrapped)):
        assert other.session.id != env.unwrapped.session.id
        assert other.spec == env.unwrapped.spec
        other.reset()
        assert other.step(1)[1] == 1
        other.close()
    assert env.step(1)[1] == 2


def test_ansi_rendering(stub) -> None:
    env = gymnasium.make("faasfarm/Farm-v0", endpoint=stub.endpoint, render_mode="ansi")
    env.reset()
    assert env.render() == "step 0\n"
    env.close()


@pytest.mark.parametrize(
    "error", [ServerTimeout("step", "tcp://x:1", 2.0), faasfarm.InvalidAction("no", "INVALID_ARGUMENT", "ACTION_DTYPE")]
)
def test_errors_pass_between_processes(error) -> None:
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error) and str(other) == str(error) and vars(other) == vars(error)


class Maker:
    """Makes an environment in another process."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __call__(self) -> gymnasium.Env:
        import faasfarm  # noqa: F401  registers the ids in a spawned process

        return gymnasium.make("faasfarm/Farm-v0", endpoint=self.endpoint)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("context", ["fork", "forkserver", "spawn"])
def test_report68_async_vector_after_use_in_the_parent(env, stub, context) -> None:
    """zeromq/pyzmq#1504: a context is made in each process on first use; no abort."""
    env.reset()
    vector = gymnasium.vector.AsyncVectorEnv([Maker(stub.endpoint)] * 2, context=context)
    vector.reset(seed=1)
    assert vector.step(np.array([2, 3]))[0].tolist() == [[1, 2], [1, 3]]
    vector.close()
    assert env.step(2)[1] == 1


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_report68_a_fork_does_not_touch_its_parents_session(env, stub) -> None:
    """zeromq/libzmq#1193: an inherited environment opens a session of its own; its end leaves the parent's alone."""
    env.reset()
    env.step(1)

    def child(pipe) -> None:
        env.reset()
        pipe.send((os.getpid(), env.step(4)[1]))
        env.close()

    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=child, args=(theirs,))
    process.start()
    assert ours.poll(20) and ours.recv()[1] == 1
    process.join(10)
    assert process.exitcode == 0
    assert env.step(1)[1] == 2
    assert len(stub.sessions) == 2


def test_report96_an_environment_left_open_does_not_keep_the_interpreter(stub) -> None:
    """openai/gym#2897: delete at interpreter exit, with the daemon gone."""
    code = f"""
import faasfarm, sys, time
env = faasfarm.Env(endpoint="{stub.endpoint}")
env.reset()
print("up", flush=True)
sys.stdin.readline()
print(time.time(), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    stub.stop()
    output, errors = process.communicate("\n", timeout=20)
    assert time.time() - float(output) < 3
    assert errors == "" and process.returncode == 0
