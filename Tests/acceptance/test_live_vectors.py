"""Live farms as vectors: on disjoint pools of the daemon's own gateway and of another one, on one clock."""

import csv
import json
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager

import faasfarm
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, Client, Daemon, wait_until
from gymnasium.vector import AutoresetMode

TINY = """
name: tiny
arrivals:
  phases:
    - {name: steady, seconds: 60, rate: 20}
service: {constant: 0.02}
deadline: {seconds: 1}
workers: {min: 1, max: 2, initial: 1}
start_up: 0.05
step: 0.25
steps: 4
"""


def vector(daemon, count=4, mode=AutoresetMode.NEXT_STEP, scenario=TINY, **more):
    return gymnasium.make_vec(
        "faasfarm/Farm-v0",
        num_envs=count,
        endpoint=daemon.endpoint,
        scenario=scenario,
        autoreset_mode=mode,
        **more,
    )


def listed(path):
    command = [str(BINARY), "episodes", "list", str(path), "--format", "json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_four_farms_step_on_one_clock_and_each_is_recorded_and_replayed(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        envs = vector(daemon, info="full", render_mode="ansi")
        observations, infos = envs.reset(seed=7)
        assert observations.shape == (4, *envs.single_observation_space.shape)
        seen, times = [observations.copy()], []
        for _ in range(4):
            observations, _, terminations, truncations, infos = envs.step(np.array([2, 3, 2, 3]))
            seen.append(observations.copy())
            times.append(infos["metrics"]["time"])
            assert not terminations.any()
        assert truncations.all() and infos["reason"].tolist() == ["horizon"] * 4
        # One clock: what tells the farms' times apart is less than a window.
        assert np.ptp(np.array(times), axis=1).max() < 0.25
        assert infos["metrics"]["desired"].tolist() == [1, 2, 1, 2]
        assert all("workers" in text for text in envs.render())
        # Each row is an episode of its own, on disk before its reply came.
        recorded = [episode for episode in listed(path) if episode["status"] == "truncated"]
        assert len(recorded) == 4 and all(episode["length"] == 4 for episode in recorded)
        # The next step resets all of them, and begins a new grid.
        *_, truncations, infos = envs.step(np.array([2, 2, 2, 2]))
        assert not truncations.any() and infos["metrics"]["time"].tolist() == [0, 0, 0, 0]
        envs.close()
        ids = sorted(episode["id"] for episode in recorded)
        again = faasfarm.VectorEnv("faasfarm/Replay-v0", 4, daemon.endpoint, episode=ids)
        replayed = [again.reset()[0].copy()]
        for _ in range(4):
            replayed.append(again.step(np.array([2, 3, 2, 3]))[0].copy())
        again.close()
        np.testing.assert_array_equal(np.array(seen), np.array(replayed))
        workers = [tasks_workers(path, episode) for episode in ids]
        assert all(workers) and sum(map(len, workers)) == len(set().union(*workers))


def tasks_workers(path, episode):
    """The functions that an episode's tasks ran on."""
    command = [str(BINARY), "episodes", "export", str(path), str(episode), "--table", "tasks"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return {row["worker"] for row in csv.DictReader(ended.stdout.splitlines()) if row["worker"]}


def test_a_farm_that_is_over_is_reset_with_a_mask_beside_the_others():
    with Daemon() as daemon:
        envs = vector(daemon, 2, AutoresetMode.DISABLED, info="full")
        envs.reset(seed=1)
        envs.step(np.array([2, 2]))
        _, infos = envs.reset(options={"reset_mask": np.array([False, True])})
        assert infos["metrics"]["time"][1] == 0 and infos["_metrics"].tolist() == [False, True]
        *_, infos = envs.step(np.array([2, 2]))
        first, second = infos["metrics"]["time"]
        assert first > second > 0
        envs.close()


@pytest.mark.parametrize("waiting", ["step", "reset"])
def test_closing_ends_a_waiting_call_at_once(waiting):
    scenario = TINY.replace("seconds: 60", "seconds: 600").replace("step: 0.25", "step: 30")
    if waiting == "reset":
        scenario = scenario.replace("start_up: 0.05", "start_up: 30")
    with Daemon() as daemon:
        envs = vector(daemon, scenario=scenario, mode=AutoresetMode.SAME_STEP)
        if waiting == "step":
            envs.reset()
        caught = []

        def call():
            try:
                envs.step(np.array([2, 2, 2, 2])) if waiting == "step" else envs.reset()
            except faasfarm.FaaSFarmError as error:
                caught.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        with Client(daemon.endpoint) as other:
            other.session = envs._session.made.session_id
            wait_until(lambda: other.request("ping", {}).get("state") == "busy", what="the call")
        begun = time.monotonic()
        envs.close()
        thread.join(timeout=5)
        assert time.monotonic() - begun < 5 and len(caught) == 1
        wait_until(lambda: not daemon.workers(), what="the workers' end")


@contextmanager
def gateway(*functions):
    """The arguments of a daemon on `faasfarm gateway`, with a pool for each worker function."""
    command = [str(BINARY), "gateway", "--port", "0", "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = json.loads(process.stdout.readline())["gateway"]
        arguments = ["--gateway", url]
        for name in functions:
            function = {"service": name, "image": "none", "envProcess": f"{BINARY} worker"}
            urllib.request.urlopen(f"{url}/system/functions", json.dumps(function).encode(), timeout=10).close()
            arguments += ["--functions", name]
        yield arguments
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_each_functions_of_a_gateway_is_a_pool_and_a_vector_that_has_too_few_opens_none(tmp_path):
    with gateway("one", "two") as arguments, Daemon(*arguments, "--state", str(tmp_path)) as daemon:
        with pytest.raises(faasfarm.FaaSFarmError, match=r'4 live farms .* "openfaas" has 2; .*--functions') as refusal:
            vector(daemon)
        assert refusal.value.reason == "BAD_ARGUMENT"
        envs = vector(daemon, 2, AutoresetMode.SAME_STEP)
        envs.reset()
        for _ in range(4):
            *_, truncations, infos = envs.step(np.array([3, 3]))
        assert truncations.all() and infos["final_info"]["reason"].tolist() == ["horizon", "horizon"]
        assert infos["final_info"]["metrics"]["desired"].tolist() == [2, 2]
        envs.close()


def test_too_few_pools_open_none_and_say_what_to_do():
    with Daemon("--pools", "2") as daemon:
        with pytest.raises(faasfarm.FaaSFarmError, match=r'4 live farms .* "embedded" has 2; .*--pools') as refusal:
            vector(daemon)
        assert refusal.value.reason == "BAD_ARGUMENT"
        one = faasfarm.Env(endpoint=daemon.endpoint, scenario=TINY)
        with pytest.raises(faasfarm.FaaSFarmError, match="1 of the 2 pools .* is free") as busy:
            vector(daemon, 2)
        assert busy.value.reason == "FARM_BUSY"
        one.close()
        # Nothing was kept by what was refused.
        envs = vector(daemon, 2)
        envs.reset()
        envs.close()


def test_an_agent_is_trained_on_live_farms(tmp_path):
    out = tmp_path / "agent.safetensors"
    scenario = tmp_path / "tiny.yaml"
    scenario.write_text(TINY)
    with Daemon() as daemon:
        command = [str(BINARY), "train", "ppo", "--endpoint", daemon.endpoint, "--scenario", str(scenario)]
        command += ["--set", "environments=4", "--set", "stepsPerRound=4", "--steps", "32", "--out", str(out)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run.stderr
        assert "live" in run.stderr and run.stdout.startswith("trained for 32 steps")
        assert out.is_file()


def test_a_dead_agents_vector_is_taken_over_as_a_whole():
    with Daemon("--pools", "2") as daemon:
        left = vector(daemon, 2, AutoresetMode.DISABLED)
        left.reset()
        begun = time.monotonic()
        envs = vector(daemon, 2, takeover=True)
        assert time.monotonic() - begun > 2
        envs.reset()
        *_, truncations, infos = left.step(np.array([2, 2]))
        assert truncations.all() and all("took the farm over" in reason for reason in infos["reason"])
        left.close()
        envs.step(np.array([2, 2]))
        envs.close()
