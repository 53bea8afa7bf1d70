"""Recordings of a whole daemon: what replay gives, what a full disk does, what a calibration makes of them."""

import json
import math
import resource
import signal
import statistics
import subprocess
import time
from pathlib import Path

import faasfarm
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, SMALL, Daemon, wait_until
from recordings import episodes, play_vector, verified

from measure.figures import Mean
from measure.soak import calibration
from measure.soak.plays import POLICIES, Play


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_replay_in_vectors_is_exact_through_python(tmp_path: Path, mode: str) -> None:
    """google-research/football#290: everything as it was, in every autoreset mode."""
    path = tmp_path / "runs.sqlite"
    autoreset = gymnasium.vector.AutoresetMode[
        {"NextStep": "NEXT_STEP", "SameStep": "SAME_STEP", "Disabled": "DISABLED"}[mode]
    ]
    with Daemon("--record", str(path)) as daemon:
        made = {"endpoint": daemon.endpoint, "num_envs": 3, "autoreset_mode": autoreset}
        envs = faasfarm.VectorEnv("faasfarm/Farm-v0", scenario="demo", backend="simulator", max_episode_steps=9, **made)
        first = course(envs, 4, seed=21, actions=None)
        envs.close()
        wait_until(lambda: len(complete(path)) >= 3, what="the recording")
        envs = faasfarm.VectorEnv("faasfarm/Replay-v0", episode=complete(path)[:3], **made)
        again = course(envs, 4, seed=None, actions=first["actions"])
        envs.close()
        for key in ("observations", "rewards", "terminations", "truncations", "finals"):
            np.testing.assert_array_equal(first[key], again[key], err_msg=key)


def complete(path: Path) -> list[int]:
    listed = json.loads(episodes("list", str(path), "--env", "faasfarm/Farm-v0", "--format", "json"))
    done = [entry for entry in listed if entry["status"] in ("terminated", "truncated")]
    return sorted(entry["id"] for entry in done)


def course(envs: gymnasium.vector.VectorEnv, margin: int, seed: int | None, actions: list | None) -> dict:
    """The first episode of each of a vector's farms, all of nine steps."""
    observation, _ = envs.reset(seed=seed)
    seen = {"observations": [observation.copy()], "rewards": [], "terminations": [], "truncations": [], "finals": []}
    taken = actions or [envs.action_space.sample() for _ in range(9)]
    for index in range(9):
        observation, reward, terminated, truncated, infos = envs.step(taken[index])
        if index < 8:
            seen["observations"].append(observation.copy())
        last = infos.get("final_obs")
        seen["finals"].append(np.stack(last) if last is not None else observation.copy())
        seen["rewards"].append(np.array(reward))
        seen["terminations"].append(np.array(terminated))
        seen["truncations"].append(np.array(truncated))
    assert seen["truncations"][-1].all()
    return {key: np.array(value) for key, value in seen.items()} | {"actions": taken}


def test_a_limit_on_file_sizes_stops_the_recording_and_nobody_else(tmp_path: Path) -> None:
    """One clear message; the episodes go on; what was written before verifies."""
    path = tmp_path / "runs.sqlite"
    log = (tmp_path / "log").open("w+")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    command = [str(BINARY), "serve", "--port", "0", "--format", "json", "--record", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=limit)
    try:
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        envs = play_vector(endpoint, 16, 1, scenario="demo")
        deadline = time.monotonic() + 60

        def has_stopped() -> bool:
            log.seek(0)
            return "recording has stopped" in log.read()

        while not has_stopped():
            assert time.monotonic() < deadline, "the recording did not stop in 60 s"
            for _ in range(20):
                envs.step(envs.action_space.sample())
        for _ in range(50):
            envs.step(envs.action_space.sample())
        envs.close()
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
    log.seek(0)
    messages = [line for line in log.read().splitlines() if "recording has stopped" in line]
    log.close()
    assert len(messages) == 1, messages
    assert str(path) in messages[0] and "ulimit" in messages[0]
    verdicts = verified(path)
    assert verdicts and all(verdict["good"] for verdict in verdicts), verdicts


def test_live_means_are_of_the_scenario_not_of_the_episodes_played() -> None:
    """What live episodes differ from their twins by is added to the mean of all twins; intervals add up."""
    twins = [60.0, 70.0, 80.0, 90.0]
    plays = {
        side: [Play(None, qos, 12.0) for qos in values]
        for side, values in {"twins": twins, "live": [62.0, 72.0], "simulated": [75.0, 77.0, 79.0]}.items()
    }
    figure = calibration.Figure.of("qos", plays)
    assert figure.played == 67
    assert figure.live.mean == 77 and figure.live.half == pytest.approx(Mean.of(twins).half)
    assert figure.gap.mean == 0
    assert figure.gap.half == pytest.approx(math.hypot(figure.live.half, figure.simulated.half))
    assert not figure.gap.is_within(5) and figure.gap.is_within(30)


def test_calibration_of_a_live_farm(tmp_path: Path) -> None:
    """A fitted scenario that `evaluate` reads, the gap to the recording, pictures; the recorded tasks as a scenario."""
    count = 5
    scenario = SMALL.replace("steps: 6", "steps: 24").replace("start_up: 0.2", "start_up: 0.2\nscaling: blocking")
    result = calibration.compare(
        BINARY, tmp_path, scenario=scenario, speed=10, step_seconds=0.5, calibrating=1, live=1, simulated=count,
        lively=["ratchet"], disturbance=math.inf,
    )  # fmt: skip
    assert [len(result["policies"][name]["live"]) for name in POLICIES] == [0, 1, 0]
    report = result["fit"]
    figures = {entry["figure"]: entry for entry in report["recorded_tasks"]}
    assert set(figures) == {"QoS, %", "mean workers", "response time, s"}
    fitted = tmp_path / "fitted.yaml"
    assert fitted.read_text().startswith("# service: ")
    assert any(line.startswith("overhead: ") for line in report["fit"])
    page = (tmp_path / "fitted.html").read_text()
    assert page.count("<svg") == (6 if "no worker was seen" not in fitted.read_text() else 4)
    assert "http" not in page and "<script" not in page
    # The rules here are those of the program: the same episodes come to the same.
    plays = [result["policies"][name]["simulated"] for name in ("static", "ratchet")]
    assert_equal(evaluated(str(fitted), "static:3,ratchet", count, "--action", "paper"), plays)
    # Its rule counts results that are being collected, which infos do not tell, and this scenario has none.
    (tmp_path / "small.yaml").write_text(scenario)
    plays = [result["policies"]["reactive-average"]["twins"]]
    evaluation = evaluated(str(tmp_path / "small.yaml"), "reactive-average", count, "--action", "paper")
    assert_equal(evaluation, plays)
    recorded = evaluated(f"recording:{tmp_path / 'live.sqlite'}#newest", "static:3", 2)
    assert recorded["policies"][0]["policy"] == "static:3"


RANDOM = """
name: random
arrivals: {phases: [{seconds: 12, rate: 25}]}
service: {gamma: {shape: 4, mean: 0.3}, min: 0.05, max: 1}
deadline: {seconds: 2}
workers: {min: 2, max: 12, initial: 10}
start_up: 0.1
step: 1
steps: 12
"""


def test_a_gateway_that_chooses_at_random_is_recognised(tmp_path: Path) -> None:
    """Collisions tell over how many functions it chooses; a verdict comes first, and speeds are not mixed."""
    path = tmp_path / "live.sqlite"
    rough = ["--gateway-profile", "ce", "--functions-per-farm", "3"]
    with Daemon("--record", str(path), *rough) as daemon:
        for speed in (6.0, 12.0):
            made = {"endpoint": daemon.endpoint, "scenario": RANDOM, "action": "target", "speed": speed}
            env = faasfarm.Env("faasfarm/Farm-v0", **made)
            env.reset(seed=1)
            done = False
            while not done:
                _, _, terminated, truncated, info = env.step(8)
                done = terminated or truncated or speed == 12
            env.close()
            if speed == 6:
                assert info["result"]["collisions"] > 100
    out = tmp_path / "fitted.yaml"

    def calibrate(*more: str) -> subprocess.CompletedProcess:
        command = [str(BINARY), "calibrate", str(path), "--out", str(out), "--repetitions", "5", *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    mixed = calibrate()
    assert mixed.returncode != 0 and "at the speeds 6, 12" in mixed.stderr and not out.exists(), mixed
    done = calibrate("--speed", "6")
    assert done.returncode == 0, done.stderr
    assert "dispatch: at random over" in done.stdout and "\nverdict: the fitted simulator " in done.stdout, done.stdout
    assert "dispatch: {random:" in out.read_text()


def assert_equal(evaluation: dict, plays: list[list]) -> None:
    for policy, played in zip(evaluation["policies"], plays, strict=True):
        assert 100 * policy["qos"]["mean"] == pytest.approx(statistics.mean(play.qos for play in played), abs=1e-6)
        workers = statistics.mean(play.workers for play in played)
        assert policy["mean_workers"]["mean"] == pytest.approx(workers, abs=1e-6)


def evaluated(scenario: str, policies: str, count: int, *more: str) -> dict:
    command = [str(BINARY), "evaluate", "--scenario", scenario, "--policies", policies, "--format", "json"]
    command += ["--episodes", str(count), "--seed", "1", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
