"""Recordings of a whole daemon: what a kill leaves, what verify says, what replay gives, what a full disk does.

FAASFARM_SIZE=full runs the same at full size (`make soak`).
"""

import json
import math
import os
import random
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from daemon import BINARY, ROOT, SMALL, Client, Daemon, wait_until
from figures import tell

sys.path.insert(0, str(ROOT / "protocol" / "python" / "src"))
sys.path.insert(0, str(ROOT / "scripts"))
import calibrated  # noqa: E402
import faasfarm  # noqa: E402

FULL = os.environ.get("FAASFARM_SIZE") == "full"
KILLS = 200 if FULL else 3
# Of each scenario.
VERIFIED = 1_000 if FULL else 4
LISTED = 100_000 if FULL else 1_000
PRESETS = [
    "demo", "paper", "paper-as-run", "steady", "oscillating", "burst", "shuffled", "azure-day", "azure-bursty",
    "llm-code", "bench-farm",
]  # fmt: skip
# A program of another build, to verify what BINARY recorded and the other way round.
OTHER = os.environ.get("FAASFARM_OTHER_BIN")


def episodes(*arguments: str, code: int = 0, program: Path = BINARY) -> str:
    done = subprocess.run([str(program), "episodes", *arguments], capture_output=True, text=True, timeout=3_600)
    assert done.returncode == code, done.stdout[-2_000:] + done.stderr
    return done.stdout


def verified(path: Path, *ids: int, program: Path = BINARY) -> list[dict]:
    lines = episodes("verify", str(path), *map(str, ids), "--format", "json", program=program).splitlines()
    return [json.loads(line) for line in lines]


def play_vector(endpoint: str, count: int, steps: int, **kwargs) -> gymnasium.vector.VectorEnv:
    envs = gymnasium.make_vec("faasfarm/Farm-v0", num_envs=count, endpoint=endpoint, backend="simulator", **kwargs)
    envs.reset(seed=7)
    for _ in range(steps):
        envs.step(envs.action_space.sample())
    return envs


class Killed(Exception):
    """No answer comes any more."""


class LiveSteps(Client):
    """A live episode that is stepped until its daemon is gone; `answered` counts."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.is_over = threading.Event()
        self.answered = 0
        self.make(SMALL.replace("step: 0.5", "step: 0.1").replace("steps: 6", "steps: 400"))
        self.episode = self.reset()["episode_id"][0]
        self.thread = threading.Thread(target=self.play)
        self.thread.start()

    def raw(self, payload: bytes, seconds: float = 30) -> bytes:
        self.socket.send(payload)
        deadline = time.monotonic() + seconds
        while not self.socket.poll(20):
            if self.is_over.is_set():
                raise Killed
            assert time.monotonic() < deadline, f"no reply in {seconds} s"
        return self.socket.recv()

    def play(self) -> None:
        try:
            while not self.is_over.is_set():
                self.step()
                self.answered += 1
        except Killed:
            pass


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """What was answered live is there; simulated episodes but for a tenth of a second; all of it verifies."""
    randomness = random.Random(7)
    path = tmp_path / "runs.sqlite"
    last, verdicts, lost, live = 0, 0, [], 0
    for _ in range(KILLS):
        with Daemon("--record", str(path)) as daemon, LiveSteps(daemon.endpoint) as steps:
            envs = play_vector(daemon.endpoint, 4, 0, scenario="demo")
            # Sub-environment steps answered until then; a step that only resets is none.
            answers, count, is_over = [(time.monotonic(), 0)], 0, np.zeros(4, dtype=bool)
            until = time.monotonic() + randomness.uniform(0.05, 1.0)
            while (now := time.monotonic()) < until:
                _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
                count += int(np.sum(~is_over))
                is_over = terminated | truncated
                answers.append((now, count))
                if not FULL:
                    # Fewer episodes to verify.
                    time.sleep(0.02)
            daemon.process.kill()
            killed_at = time.monotonic()
            steps.is_over.set()
            steps.thread.join(timeout=10)
            daemon.process.wait(timeout=10)
        # The connection is gone with the daemon; its session has nothing to give back.
        with sqlite3.connect(path) as database:
            query = "SELECT count(*) FROM steps WHERE episode_id = ?"
            (kept,) = database.execute(query, (steps.episode,)).fetchone()
            query = "SELECT total(steps) FROM step_blocks WHERE episode_id > ?"
            (blocks,) = database.execute(query, (last,)).fetchone()
        assert kept >= steps.answered
        live += steps.answered
        first_lost = next((when for when, so_far in answers if so_far > blocks), killed_at)
        lost.append(killed_at - first_lost)
        listed = json.loads(episodes("list", str(path), "--format", "json"))
        assert {entry["status"] for entry in listed} <= {"partial", "truncated", "terminated"}
        mine = [entry["id"] for entry in listed if entry["id"] > last]
        assert int(steps.episode) in mine
        found = verified(path, *mine)
        assert all(verdict["good"] for verdict in found), found
        verdicts += len(found)
        last = max(mine)
    assert verdicts > KILLS
    # That it is a tenth of a second is for the page of measurements to say.
    assert max(lost) < 2
    if FULL:
        late = sum(seconds > 0.1 for seconds in lost)
        tell(
            f"kill -9 at {KILLS} random moments: answered live steps that are gone",
            f"0 of {live}; {verdicts} episodes verify, none is left running", "0", True,
        )  # fmt: skip
        tell(
            f"kill -9 at {KILLS} random moments: simulated steps lost",
            f"the last {1e3 * statistics.median(lost):.0f} ms, {1e3 * max(lost):.0f} at most; {late} over 100 ms",
            "the last 100 ms", late == 0,
        )  # fmt: skip


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
            command += ["--steps", str(steps * (count if FULL else 1)), "--out", str(path.with_suffix(f".{learner}"))]
            done = subprocess.run(command, capture_output=True, text=True, timeout=1_200)
            assert done.returncode == 0, done.stderr
    return recorded


# Steps for each episode of a preset: about the length of an episode.
LEARNERS = [
    ("ppo", "faasfarm/CartPole-v1", 25), ("dqn", "faasfarm/CartPole-v1", 25), ("sarsa", "faasfarm/MountainCar-v0", 200),
]  # fmt: skip


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
    began = time.monotonic()
    listed = json.loads(episodes("list", str(path), "--status", "truncated", "--format", "json"))
    listing = time.monotonic() - began
    assert len(listed) == done >= LISTED
    if not FULL:
        return
    tables = []
    for _ in range(5):
        began = time.monotonic()
        episodes("list", str(path))
        tables.append(time.monotonic() - began)
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
        f"{statistics.median(tables):.2f} s as a table (median of 5), {listing:.2f} s as JSON",
        "under 1 s", max(statistics.median(tables), listing) < 1,
    )  # fmt: skip


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
    """A fitted scenario that `evaluate` reads, the gap to the recording, pictures; the recorded tasks as a scenario."""
    count = 5
    scenario = SMALL.replace("steps: 6", "steps: 24").replace("start_up: 0.2", "start_up: 0.2\nscaling: blocking")
    result = calibrated.compare(
        BINARY, tmp_path, scenario=scenario, speed=10, step_seconds=0.5, calibrating=1, live=1, simulated=count,
        lively=["ratchet"], disturbance=math.inf,
    )  # fmt: skip
    assert [len(result["policies"][name]["live"]) for name in calibrated.POLICIES] == [0, 1, 0]
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
    with calibrated.daemon(BINARY, tmp_path) as endpoint:
        made = {"endpoint": endpoint, "scenario": scenario, "backend": "simulator", "action": "paper"}
        env = faasfarm.Env("faasfarm/Farm-v0", **made)
        rule = calibrated.POLICIES["reactive-average"]
        plays = [[calibrated.play(env, rule, 1 + seed, 0.5) for seed in range(count)]]
        env.close()
    evaluation = evaluated(str(tmp_path / "small.yaml"), "reactive-average", count, "--action", "paper")
    assert_equal(evaluation, plays)
    recorded = evaluated(f"recording:{tmp_path / 'live.sqlite'}#newest", "static:3", 2)
    assert recorded["policies"][0]["policy"] == "static:3"


def assert_equal(evaluation: dict, plays: list[list]) -> None:
    for policy, played in zip(evaluation["policies"], plays, strict=True):
        assert 100 * policy["qos"]["mean"] == pytest.approx(statistics.mean(play.qos for play in played), abs=1e-6)
        workers = statistics.mean(play.workers for play in played)
        assert policy["mean_workers"]["mean"] == pytest.approx(workers, abs=1e-6)


def evaluated(scenario: str, policies: str, count: int, *more: str) -> dict:
    command = [str(BINARY), "evaluate", "--scenario", scenario, "--policies", policies, "--format", "json"]
    command += ["--episodes", str(count), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
