"""What went wrong for users of other programs, tried against a daemon. Each test names the public report."""

import json
import subprocess
import sys

import faasfarm
import gymnasium
import numpy as np
import pytest
import zmq
from daemon import Daemon, is_alive, wait_until

FARM = {"scenario": "steady", "backend": "simulator"}

# A farm whose tasks, in the beginning, all fail to be on time, and some windows have none.
SCARCE = """
name: scarce
arrivals: {phases: [{seconds: 20, rate: 0.1}, {seconds: 20, rate: 30}, {seconds: 60, rate: 0}]}
service: {constant: 2}
deadline: {seconds: 0.5}
workers: {min: 1, max: 6, initial: 1}
step: 1
steps: 100
"""


@pytest.mark.parametrize("seed", [np.int64(5), 2**53 + 1, 2**63, 2**64 + 1, 2**200 + 7])
def test_report83_seeds_keep_every_digit(simulator, seed) -> None:
    """Farama-Foundation/Gymnasium#74, openai/gym#2210."""
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    theirs = gymnasium.make("CartPole-v1")
    first = env.reset(seed=seed)[0]
    assert env.episode_seed == int(seed)
    np.testing.assert_array_equal(first, theirs.reset(seed=int(seed))[0])
    env.close()


@pytest.mark.parametrize("seed", [-1, True, 1.0, "5", np.float64(3), [1]])
def test_report83_what_is_no_seed_is_a_typed_error(simulator, seed) -> None:
    """openai/gym#2210: and the environment goes on as if nothing had been asked."""
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=simulator.endpoint)
    env.reset(seed=1)
    with pytest.raises(gymnasium.error.Error, match="non-negative integer"):
        env.reset(seed=seed)
    assert env.step(0)[1] == 1.0
    env.close()


@pytest.mark.parametrize("observation", ["full", "paper"])
def test_report87_no_observation_is_nan_and_json_is_json(simulator, observation: str) -> None:
    """DLR-RM/stable-baselines3#364: windows without a task, with every task late, with equal times."""
    env = faasfarm.Env(
        "faasfarm/Farm-v0",
        endpoint=simulator.endpoint,
        scenario=SCARCE,
        backend="simulator",
        observation=observation,
    )
    seen, info = env.reset(seed=2)
    ended, late, idle = False, 0, 0
    while not ended:
        assert np.isfinite(seen).all(), info
        seen, reward, terminated, truncated, info = env.step(env.action_space.start)
        assert np.isfinite(reward)
        late += info["metrics"]["missed"]
        idle += info["metrics"]["completions"] == 0
        ended = terminated or truncated
    assert late > 0 and idle > 0, "the scenario is not what it is meant to be"
    env.close()


def test_report87_json_replies_are_valid_json(simulator) -> None:
    """godot-ai#688: NaN and infinities are text, also among bounds."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger, socket.rcvtimeo = 0, 20_000
    socket.connect(simulator.endpoint)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def ask(request: dict) -> dict:
        socket.send_json(request)
        return json.loads(socket.recv(), parse_constant=refuse)

    made = ask({"make": {"id": "faasfarm/CartPole-v1"}})["make"]
    assert "Infinity" in made["single_observation_space"]["box"]["high"]
    session = {"session_id": made["session_id"]}
    ask(session | {"reset": {}})
    assert ask(session | {"step": {"action": {"integer": 1}}})["step"]["reward"] == 1
    ask(session | {"close": {}})
    socket.close()


def test_report79_a_new_episode_counts_nothing_of_the_old_one(daemon, scenario) -> None:
    """minerllabs/minerl#80: three resets with no step; a reset while tasks run."""
    env = faasfarm.Env("faasfarm/Farm-v0", endpoint=daemon.endpoint, scenario=scenario)
    for index in range(5):
        _, info = env.reset(seed=index)
        totals = {key: value for key, value in info["totals"].items() if isinstance(value, int)}
        assert set(totals.values()) == {0}, totals
        assert info["metrics"]["step"] == 0 and info["metrics"]["running"] == 0
        if index >= 2:
            _, _, _, _, info = env.step(2)
            assert info["totals"]["emitted"] > 0
            done = info["totals"]["done"] + info["totals"]["failed"]
            assert done + info["totals"]["queued"] + info["totals"]["running"] == info["totals"]["emitted"]
    env.close()


LOOP = """
import sys, faasfarm, gymnasium
from gymnasium.vector import AsyncVectorEnv

def make():
    return faasfarm.Env("faasfarm/CartPole-v1", endpoint=sys.argv[1])

if __name__ == "__main__":
    envs = AsyncVectorEnv([make] * 2, context="fork") if sys.argv[2] == "async" else faasfarm.VectorEnv(
        "faasfarm/CartPole-v1", 2, endpoint=sys.argv[1])
    envs.reset(seed=1)
    if sys.argv[2] == "async":
        print([process.pid for process in envs.processes], flush=True)
    envs.step([0, 1])
    raise RuntimeError("in the loop")
"""


@pytest.mark.parametrize("kind", ["async", "one session"])
def test_report93_an_error_in_the_loop_ends_the_program(simulator, tmp_path, kind: str) -> None:
    """openai/gym#1544, Gymnasium#722: no process is left, and there is no noise beside the error."""
    program = tmp_path / "loop.py"
    program.write_text(LOOP)
    command = [sys.executable, str(program), simulator.endpoint, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("RuntimeError: in the loop"), done.stderr
    assert done.stderr.count("Traceback") == 1, done.stderr
    for pid in json.loads(done.stdout or "[]"):
        wait_until(lambda pid=pid: not is_alive(pid), what=f"the end of process {pid}")


def test_report93_the_session_of_a_killed_agent_ends_by_itself() -> None:
    """openai/gym#1544: after the daemon's idle time, and nobody else notices."""
    daemon = Daemon("--idle-timeout", 3)
    code = (
        "import sys, time, faasfarm\n"
        "env = faasfarm.Env('faasfarm/CartPole-v1', endpoint=sys.argv[1])\n"
        "env.reset(seed=1)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    agent = subprocess.Popen([sys.executable, "-c", code, daemon.endpoint], stdout=subprocess.PIPE, text=True)
    try:
        assert agent.stdout.readline() == "ready\n"
        ours = faasfarm.Env("faasfarm/CartPole-v1", endpoint=daemon.endpoint)
        ours.reset(seed=1)
        assert sessions(daemon) == 2
        agent.kill()

        def is_alone() -> bool:
            # A reset renews our own lease.
            ours.reset()
            return sessions(daemon) == 1

        wait_until(is_alone, 20, "the end of the killed agent's session")
        ours.close()
    finally:
        agent.kill()
        agent.wait()
        agent.stdout.close()
        daemon.end()


def sessions(daemon: Daemon) -> int:
    """How many sessions the daemon has."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger, socket.rcvtimeo = 0, 20_000
    socket.connect(daemon.endpoint)
    socket.send_json({"ping": {}})
    count = socket.recv_json()["ping"].get("sessions", 0)
    socket.close()
    return count


def test_report89_own_statistics_count_every_step(simulator) -> None:
    """Farama-Foundation/Gymnasium#1624: `close` tells how many steps and episodes there were."""
    env = faasfarm.Env("faasfarm/Farm-v0", endpoint=simulator.endpoint, **FARM)
    results = []
    for seed in range(2):
        env.reset(seed=seed)
        total, steps, ended = 0.0, 0, False
        while not ended:
            _, reward, terminated, truncated, info = env.step(2)
            total, steps, ended = total + reward, steps + 1, terminated or truncated
        results.append((info["result"]["steps"] == steps, info["result"]["return"] == pytest.approx(total)))
    assert results == [(True, True)] * 2
    env.close()
