"""Recordings of a whole daemon: what a kill leaves, what verify says, what replay gives, what a full disk does.

FAASFARM_SIZE=full runs the same at full size (`make soak`).
"""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from daemon import BINARY, ROOT, SMALL, Client, Daemon, wait_until

sys.path.insert(0, str(ROOT / "protocol" / "python" / "src"))
import faasfarm  # noqa: E402, F401

FULL = os.environ.get("FAASFARM_SIZE") == "full"
KILLS = 200 if FULL else 4
VERIFIED = 1_000 if FULL else 60
LISTED = 100_000 if FULL else 1_000


def episodes(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([str(BINARY), "episodes", *arguments], capture_output=True, text=True, timeout=3_600)
    assert done.returncode == code, done.stdout[-2_000:] + done.stderr
    return done.stdout


def verified(path: Path) -> list[dict]:
    return [json.loads(line) for line in episodes("verify", str(path), "--format", "json").splitlines()]


def play_vector(endpoint: str, count: int, steps: int, **kwargs) -> gymnasium.vector.VectorEnv:
    envs = gymnasium.make_vec("faasfarm/Farm-v0", num_envs=count, endpoint=endpoint, backend="simulator", **kwargs)
    envs.reset(seed=7)
    for _ in range(steps):
        envs.step(envs.action_space.sample())
    return envs


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """What was answered live is there; simulated episodes but for a tenth of a second; all of it verifies."""
    randomness = random.Random(7)
    path = tmp_path / "runs.sqlite"
    for _ in range(KILLS):
        with Daemon("--record", str(path)) as daemon, Client(daemon.endpoint) as live:
            live.make(SMALL.replace("step: 0.5", "step: 0.1").replace("steps: 6", "steps: 400"))
            episode = live.reset()["episode_id"][0]
            envs = play_vector(daemon.endpoint, 4, 20, scenario="demo")
            answered = 0
            until = time.monotonic() + randomness.uniform(0.05, 1.0)
            while time.monotonic() < until:
                live.step()
                answered += 1
                envs.step(envs.action_space.sample())
            daemon.process.kill()
            daemon.process.wait(timeout=10)
        # The connection is gone with the daemon; its session has nothing to give back.
        with sqlite3.connect(path) as database:
            (kept,) = database.execute("SELECT count(*) FROM steps WHERE episode_id = ?", (episode,)).fetchone()
        assert kept >= answered
        verdicts = verified(path)
        assert all(verdict["good"] for verdict in verdicts), verdicts
        listed = json.loads(episodes("list", str(path), "--format", "json"))
        assert {entry["status"] for entry in listed} <= {"partial", "truncated", "terminated"}
    assert len(verdicts) > KILLS


def test_simulated_episodes_verify_in_another_process(tmp_path: Path) -> None:
    """nicklashansen/tdmpc2#81: presets and classic control, single and in vectors, byte for byte."""
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        wanted = 0
        presets = ["demo", "steady", "burst", "oscillating", "shuffled", "paper", "paper-as-run"]
        while wanted < VERIFIED:
            for preset in presets:
                envs = gymnasium.make_vec(
                    "faasfarm/Farm-v0",
                    num_envs=4,
                    endpoint=daemon.endpoint,
                    backend="simulator",
                    max_episode_steps=40,
                    scenario=preset,
                )
                envs.reset(seed=wanted)
                for _ in range(90):
                    envs.step(envs.action_space.sample())
                envs.close()
                wanted += 8
            for name in ("CartPole", "MountainCar"):
                env_id = next(key for key in gymnasium.registry if key.startswith(f"faasfarm/{name}"))
                env = gymnasium.make(env_id, endpoint=daemon.endpoint, max_episode_steps=30)
                for seed in (3, None, None):
                    env.reset(seed=seed)
                    done = False
                    while not done:
                        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
                        done = terminated or truncated
                env.close()
    verdicts = verified(path)
    assert len(verdicts) >= VERIFIED
    assert {verdict["verdict"] for verdict in verdicts} == {"same"}, [v for v in verdicts if not v["good"]]
    with sqlite3.connect(path) as database:
        number = database.execute("SELECT max(episode_id) FROM step_blocks").fetchone()[0]
        database.execute(
            "UPDATE step_blocks SET rewards = zeroblob(length(rewards)) WHERE episode_id = ? AND first_step = 1",
            (number,),
        )
    changed = json.loads(episodes("verify", str(path), str(number), "--format", "json", code=1))
    assert not changed["good"], changed


def test_a_long_list_is_quick_to_read(tmp_path: Path) -> None:
    """Episodes of a vector by the thousand: all there, and in the list."""
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        envs = gymnasium.make_vec(
            "faasfarm/Farm-v0",
            num_envs=64,
            endpoint=daemon.endpoint,
            scenario="steady",
            backend="simulator",
            max_episode_steps=30 if FULL else 3,
        )
        envs.reset(seed=1)
        done = 0
        while done < LISTED:
            _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
            done += int(np.sum(terminated | truncated))
        envs.close()
    began = time.monotonic()
    listed = json.loads(episodes("list", str(path), "--status", "truncated", "--format", "json"))
    seconds = time.monotonic() - began
    assert len(listed) == done >= LISTED
    if FULL:
        print(f"{len(listed)} episodes listed in {seconds:.2f} s")


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


def test_calibration_of_a_live_farm(tmp_path: Path) -> None:
    """A fitted scenario that `evaluate` reads, and the gap to the recording; the recorded tasks as a scenario."""
    path = tmp_path / "live.sqlite"
    scenario = SMALL.replace("steps: 6", "steps: 30")
    with Daemon("--record", str(path)) as daemon, Client(daemon.endpoint) as client:
        entries = [
            {"key": "scenario", "value": {"text": scenario}},
            {"key": "speed", "value": {"number": 5}},
        ]
        client.session = client.request("make", {"id": "faasfarm/Farm-v0", "kwargs": entries})["session_id"]
        client.reset()
        # On a busy machine windows are merged, and there are fewer of them.
        step, reply = 0, {}
        while not (reply.get("terminated") or reply.get("truncated")):
            reply = client.step(4 if step in (2, 8) else 0 if step in (6, 20) else 2)
            step += 1
    out = tmp_path / "fitted.yaml"
    done = subprocess.run(
        [str(BINARY), "calibrate", str(path), "--out", str(out), "--repetitions", "5", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    figures = {entry["figure"]: entry for entry in report["recorded_tasks"]}
    assert set(figures) == {"QoS, %", "mean workers", "response time, s"}
    assert out.read_text().startswith("# service: ")
    for source in (str(out), f"recording:{path}#newest"):
        run = subprocess.run(
            [str(BINARY), "evaluate", "--scenario", source, "--policies", "static:3", "--episodes", "2"],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        assert "static:3" in run.stdout
