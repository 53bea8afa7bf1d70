"""Recordings of simulated episodes by the thousand: run again they are the same to the last byte, and lists are quick.

FAASFARM_SIZE=full runs the same at full size (`make soak`).
"""

import json
import os
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import faasfarm  # noqa: F401
import gymnasium
import numpy as np
from daemon import BINARY, Daemon
from figures import tell
from recordings import FULL, episodes, play_vector, verified

# Of each scenario.
VERIFIED = 1_000 if FULL else 4
PRESETS = [
    "demo", "paper", "paper-as-run", "steady", "oscillating", "burst", "shuffled", "azure-day", "azure-bursty",
    "llm-code", "bench-farm",
]  # fmt: skip
# A program of another build, to verify what BINARY recorded and the other way round.
OTHER = os.environ.get("FAASFARM_OTHER_BIN")
LISTED = 100_000 if FULL else 1_000


def record_simulated(program: Path, path: Path, count: int) -> int:
    """`count` episodes of every preset in vectors and single ones of classic control, and what learners do."""
    width, recorded = min(count, 50), 0
    with Daemon("--record", str(path), program=program) as daemon:
        for preset in PRESETS:
            done = 0
            envs = play_vector(daemon.endpoint, width, 0, max_episode_steps=40, scenario=preset)
            while done < count:
                _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
                done += int(np.sum(terminated | truncated))
            envs.close()
            recorded += done
        for name in ("CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"):
            env = gymnasium.make(f"faasfarm/{name}", endpoint=daemon.endpoint, max_episode_steps=30)
            for seed in (3, None, None):
                env.reset(seed=seed)
                done = False
                while not done:
                    _, _, terminated, truncated, _ = env.step(env.action_space.sample())
                    done = terminated or truncated
            env.close()
            recorded += 3
        for learner, env_id, steps in LEARNERS:
            command = [str(program), "train", learner, "--env", env_id, "--endpoint", daemon.endpoint, "--seed", "1"]
            # A learner that would learn nothing refuses.
            steps = steps * count if FULL else max(steps, LEAST_STEPS.get(learner, 0))
            command += ["--steps", str(steps), "--out", str(path.with_suffix(f".{learner}"))]
            done = subprocess.run(command, capture_output=True, text=True, timeout=1_200)
            assert done.returncode == 0, done.stderr
    return recorded


# Steps for each episode of a preset: about the length of an episode.
LEARNERS = [
    ("ppo", "faasfarm/CartPole-v1", 25), ("dqn", "faasfarm/CartPole-v1", 25), ("sarsa", "faasfarm/MountainCar-v0", 200),
]  # fmt: skip


LEAST_STEPS = {"dqn": 1_100}


def test_simulated_episodes_verify_in_another_process(tmp_path: Path) -> None:
    """nicklashansen/tdmpc2#81: presets, classic control and trainings, single and in vectors, byte for byte."""
    programs = [(BINARY, BINARY)]
    if OTHER:
        programs = [(BINARY, Path(OTHER)), (Path(OTHER), BINARY)]
    for number, (recording, verifying) in enumerate(programs):
        path = tmp_path / f"runs-{number}.sqlite"
        recorded = record_simulated(recording, path, VERIFIED)
        verdicts = verified(path, program=verifying)
        assert len(verdicts) >= recorded
        assert {verdict["verdict"] for verdict in verdicts} == {"same"}, [v for v in verdicts if not v["good"]]
        if FULL:
            builds = [program.parent.name for program in (recording, verifying)]
            steps = sum(verdict["steps"] for verdict in verdicts)
            tell(
                f"{VERIFIED} episodes of every preset, of classic control and three learners: recorded by the build "
                f"`{builds[0]}`, verified by `{builds[1]}` in another process",
                f"all {len(verdicts)} byte-equal, {steps} steps", "all byte-equal", True,
            )  # fmt: skip
    with sqlite3.connect(path) as database:
        number = database.execute("SELECT max(episode_id) FROM step_blocks WHERE steps > 1").fetchone()[0]
        database.execute(
            "UPDATE step_blocks SET rewards = zeroblob(length(rewards)) WHERE episode_id = ? AND first_step = 1",
            (number,),
        )
    changed = json.loads(episodes("verify", str(path), str(number), "--format", "json", code=1))
    assert not changed["good"], changed


def median_seconds(call: Callable[[], object], count: int = 5) -> float:
    """What `call` takes, the median of `count` times."""
    times = []
    for _ in range(count):
        began = time.monotonic()
        call()
        times.append(time.monotonic() - began)
    return statistics.median(times)


def test_a_long_list_is_quick_to_read(tmp_path: Path) -> None:
    """Episodes of a vector by the thousand: all there, and in the list."""
    path = tmp_path / "runs.sqlite"
    began = time.monotonic()
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
    recording = time.monotonic() - began
    listed = json.loads(episodes("list", str(path), "--status", "truncated", "--format", "json"))
    assert len(listed) == done >= LISTED
    if not FULL:
        return
    table = median_seconds(lambda: episodes("list", str(path)))
    objects = median_seconds(lambda: episodes("list", str(path), "--format", "json"))
    began = time.monotonic()
    verdicts = verified(path)
    seconds = time.monotonic() - began
    assert all(verdict["good"] for verdict in verdicts)
    steps = sum(verdict["steps"] for verdict in verdicts)
    tell(
        f"{done} simulated episodes, {steps} steps: recorded and verified",
        f"recorded in {recording:.0f} s, {path.stat().st_size / 2**20:.0f} MB; all verify, in {seconds:.0f} s",
        "all verify", True,
    )  # fmt: skip
    tell(
        f"`episodes list` of {done} episodes",
        f"{table:.2f} s as a table, {objects:.2f} s as JSON (medians of 5)",
        "under 1 s", max(table, objects) < 1,
    )  # fmt: skip
