"""Several threads in one environment: a ZeroMQ socket that two of them use ends the process. aiperf#267.

The programs run as processes of their own, so that an abort is seen. With FAASFARM_SIZE=full as often as `make soak`
has it; otherwise less often, by the same code.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import faasfarm
import pytest
from counting import Counting
from daemon import wait_until
from faasfarm.errors import FaaSFarmError, SessionLost
from hosted_envs import LOOPBACK
from stub import StubDaemon

TRIES = 1_000 if os.environ.get("FAASFARM_SIZE") == "full" else 25

# In each try two threads call, and a third one closes while they do. Each must end in time, by a typed error.
TRY = """
import collections, json, random, sys, threading, faasfarm

ENDPOINT, TRIES, KIND = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ends = collections.Counter()
chance = random.Random(5)

def make():
    if KIND == "vector":
        return faasfarm.VectorEnv("faasfarm/CartPole-v1", 4, endpoint=ENDPOINT, render_mode="ansi")
    if KIND == "sb3":
        vector = faasfarm.VectorEnv("faasfarm/CartPole-v1", 4, endpoint=ENDPOINT, autoreset_mode="SameStep")
        return faasfarm.sb3.as_vec_env(vector)
    return faasfarm.Env("faasfarm/CartPole-v1", endpoint=ENDPOINT, render_mode="ansi")

def calls(env, number):
    action = 1 if KIND == "env" else [1] * 4
    if KIND == "sb3":
        import numpy
        return [env.reset, lambda: env.step(numpy.array(action))]
    return [env.reset, lambda: env.step(action), env.render if number else env.reset]

def use(env, number, begun):
    try:
        while True:
            for call in calls(env, number):
                try:
                    call()
                except faasfarm.ResetNeeded:
                    pass
                begun.set()
    except faasfarm.SessionLost:
        ends["lost"] += 1
    except Exception as error:
        ends[f"{type(error).__name__}: {error}"] += 1

for _ in range(TRIES):
    env = make()
    env.reset()
    begun = [threading.Event(), threading.Event()]
    threads = [threading.Thread(target=use, args=(env, number, begun[number]), daemon=True) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for event in begun:
        event.wait(10)
    threading.Event().wait(chance.uniform(0, 0.01))
    env.close()
    for thread in threads:
        thread.join(10)
        ends["hangs"] += thread.is_alive()
print(json.dumps(ends))
"""


@pytest.mark.parametrize("kind", ["env", "vector", "sb3"])
def test_aiperf_267_threads_in_one_environment_end_by_a_typed_error(simulator, kind: str) -> None:
    if kind == "sb3":
        pytest.importorskip("stable_baselines3")
    command = [sys.executable, "-c", TRY, simulator.endpoint, str(TRIES), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + TRIES)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-500:]}"
    assert json.loads(done.stdout) == {"lost": 2 * TRIES, "hangs": 0}


@pytest.fixture
def stub():
    with StubDaemon() as running:
        yield running


def test_a_call_of_another_thread_waits_for_the_one_under_way(stub) -> None:
    """As a dashboard that renders beside the agent's steps does."""
    env = faasfarm.Env(endpoint=stub.endpoint, render_mode="ansi")
    env.reset()
    stub.delay["step"] = 0.5
    begun = time.monotonic()
    stepping = threading.Thread(target=env.step, args=(1,))
    stepping.start()
    wait_until(lambda: stub.executed["step"] == 1)
    env.render()
    assert time.monotonic() - begun >= 0.5 and stub.executed["render"] == 1
    stepping.join(10)
    env.close()


def test_close_interrupts_the_step_of_another_thread(stub) -> None:
    env = faasfarm.Env(endpoint=stub.endpoint, timeout=60)
    env.reset()
    stub.delay["step"] = 5
    ends: list[BaseException] = []

    def step() -> None:
        try:
            env.step(1)
        except BaseException as error:
            ends.append(error)

    stepping = threading.Thread(target=step)
    stepping.start()
    wait_until(lambda: stub.executed["step"] == 1)
    begun = time.monotonic()
    threading.Thread(target=env.close).start()
    stepping.join(30)
    # Within a slice of its wait, and not at the step's end.
    assert time.monotonic() - begun < 4
    assert len(ends) == 1 and isinstance(ends[0], SessionLost) and "another thread" in str(ends[0])
    with pytest.raises(SessionLost, match="closed"):
        env.step(1)


HANDLER = """
import signal, sys, time, faasfarm

env = faasfarm.Env("faasfarm/Farm-v0", endpoint=sys.argv[1], scenario=sys.argv[2], render_mode="ansi")
env.reset(seed=1)
told = []

def handle(*_):
    try:
        env.render()
    except faasfarm.FaaSFarmError as error:
        told.append("signal's handler" in str(error))
    env.close()

signal.signal(signal.SIGUSR1, handle)
print("ready", flush=True)
try:
    while True:
        env.step(1)
except faasfarm.SessionLost:
    print("lost", told, env._session is None)
"""


def test_close_in_a_signals_handler_ends_the_step_that_it_interrupts(daemon, scenario) -> None:
    command = [sys.executable, "-c", HANDLER, daemon.endpoint, scenario.replace("steps: 3", "steps: 60")]
    agent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert agent.stdout.readline() == "ready\n"
        # In the middle of a step, which takes a window of 0.2 s.
        time.sleep(0.3)
        agent.send_signal(signal.SIGUSR1)
        assert agent.stdout.readline() == "lost [True] True\n"
        assert agent.wait(10) == 0
    finally:
        agent.kill()
        agent.wait()
        agent.stdout.close()


def test_a_server_is_served_by_one_thread() -> None:
    with faasfarm.host(Counting, LOOPBACK, "Counting-v0") as server:
        with pytest.raises(FaaSFarmError, match="started already"):
            server.serve()
        with pytest.raises(FaaSFarmError, match="started already"):
            server.start()
        faasfarm.Env("Counting-v0", endpoint=server.endpoint).close()
