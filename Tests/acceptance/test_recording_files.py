"""The file of a recording: whole after a clean end, written by one daemon at a time, its log bounded."""

import json
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import faasfarm  # noqa: F401
import gymnasium
import numpy as np
import pytest
from daemon import BINARY, SMALL, Client, Daemon
from figures import tell
from recordings import FULL, episodes, play_vector, verified
from sizes import size

SHORT = SMALL.replace("step: 0.5", "step: 0.1").replace("name: small", "name: short")


def play(endpoint: str, env_id: str = "faasfarm/Farm-v0", seed: int | None = 1, options: dict | None = None, **made):
    """An episode, with what its steps returned."""
    if env_id == "faasfarm/Farm-v0":
        made = {"scenario": "demo", "backend": "simulator"} | made
    env = gymnasium.make(env_id, endpoint=endpoint, **made)
    observation, _ = env.reset(seed=seed, options=options)
    seen, done = [observation], False
    while not done:
        observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
        seen.append(observation)
        done = terminated or truncated
    env.close()
    return seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_file_alone_is_the_recording_after_a_clean_end(tmp_path: Path, number: signal.Signals) -> None:
    """What `cp` copies has everything: live and simulated episodes, vectors, replays, and a list read meanwhile."""
    path, copy = tmp_path / "runs.sqlite", tmp_path / "elsewhere" / "copy.sqlite"
    copy.parent.mkdir()
    with Daemon("--record", str(path)) as daemon:
        with Client(daemon.endpoint) as client:
            client.make(SHORT)
            client.reset()
            # Six, and fewer on a machine that is so busy that windows are merged.
            while not client.step(1).get("truncated"):
                pass
        play(daemon.endpoint)
        play_vector(daemon.endpoint, 4, 25, scenario="demo").close()
        play(daemon.endpoint, "faasfarm/Replay-v0")
        episodes("list", str(path))
        daemon.stop(number)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["elsewhere", "runs.sqlite"]
    shutil.copy(path, copy)
    listed = json.loads(episodes("list", str(copy), "--format", "json"))
    assert len(listed) == 11
    assert {entry["backend"] for entry in listed} == {"live", "simulated", "recorded"}
    assert {entry["scenario"] for entry in listed} == {"short", "demo"}
    ended = [entry for entry in listed if entry["status"] != "partial" and entry["backend"] != "recorded"]
    assert ended and all(0 <= entry["qos"] <= 1 for entry in ended), ended
    assert all(verdict["good"] for verdict in verified(copy))
    table = episodes("list", str(copy), "--backend", "live")
    assert "short" in table and "demo" not in table


def test_sqlite_wal_reset_one_daemon_a_file(tmp_path: Path) -> None:
    """sqlite.org/wal.html, "the WAL-reset bug": a second writer is told of the first; a killed one is in no way."""
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        play(daemon.endpoint)
        for command in (
            ["serve", "--port", "0", "--record"],
            ["episodes", "prune", "--keep", "0"],
            ["episodes", "merge"],
        ):
            second = [str(BINARY), *command, str(path)] + ([str(path)] if command[-1] == "merge" else [])
            done = subprocess.run(second, capture_output=True, text=True, timeout=30)
            assert done.returncode == 1, done
            for told in (daemon.endpoint, f"process {daemon.process.pid}", "since 20"):
                assert told in done.stderr, done.stderr
        episodes("prune", "--keep", "0", "--dry-run", str(path))
        daemon.process.kill()
        daemon.process.wait()
    with Daemon("--record", str(path)) as daemon:
        play(daemon.endpoint)
    assert [entry["id"] for entry in json.loads(episodes("list", str(path), "--format", "json"))][-1] == 1


def test_what_was_answered_can_be_replayed_at_once(tmp_path: Path) -> None:
    """The replay is made as soon as the last step was answered, 1,000 times at full size."""
    count, found = size(25, 1_000), 0
    with Daemon("--record", str(tmp_path / "runs.sqlite")) as daemon:
        env = gymnasium.make("faasfarm/CartPole-v1", endpoint=daemon.endpoint)
        for seed in range(count):
            env.reset(seed=seed)
            seen, done = [], False
            while not done:
                observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
                seen.append(observation)
                done = terminated or truncated
            replay = gymnasium.make("faasfarm/Replay-v0", endpoint=daemon.endpoint)
            replay.reset()
            again, done = [], False
            while not done:
                observation, _, terminated, truncated, _ = replay.step(0)
                again.append(observation)
                done = terminated or truncated
            replay.close()
            found += np.array_equal(np.array(seen), np.array(again))
        env.close()
    if FULL:
        figure = f"{found} of {count}"
        tell(
            "Replay-v0 made at once after an episode's last reply finds it",
            figure,
            f"{count} of {count}",
            found == count,
        )
    assert found == count


def test_reset_options_are_recorded(tmp_path: Path) -> None:
    """Episodes whose resets had options are the same when they are run again."""
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        env = gymnasium.make("faasfarm/CartPole-v1", endpoint=daemon.endpoint)
        resets = [
            (3, {"low": -0.2, "high": 0.1}),
            (None, None),
            (None, {"low": 0.0, "high": 0.01}),
            (None, {"high": 0.2}),
        ]
        for seed, options in resets:
            env.reset(seed=seed, options=options)
            for _ in range(5):
                env.step(1)
        env.close()
        play(daemon.endpoint, "faasfarm/Pendulum-v1", options={"x_init": 0.1, "y_init": 0.2})
    verdicts = verified(path)
    assert [verdict["verdict"] for verdict in verdicts] == ["same"] * 5, verdicts
    shown = json.loads(episodes("show", str(path), "1", "--format", "json"))
    assert shown["options"] == {"low": -0.2, "high": 0.1}
    # A file of the schema before does not say; then that is what is to blame.
    with sqlite3.connect(path) as database:
        database.execute("UPDATE episodes SET options = NULL")
    verdict = json.loads(episodes("verify", str(path), "1", "--format", "json", code=1))
    assert "options" in verdict["detail"] and "platform" not in verdict["detail"], verdict


@pytest.mark.skipif(not FULL, reason="half a minute; small in EpisodeStoreTests.swift")
def test_loreai1221_the_log_shrinks_when_a_reader_is_gone(tmp_path: Path) -> None:
    """A transaction that is kept open holds the log; the daemon says so, and the room is given back afterwards."""
    path = tmp_path / "runs.sqlite"

    def log_bytes() -> int:
        return path.with_name("runs.sqlite-wal").stat().st_size

    with Daemon("--record", str(path)) as daemon:
        envs = gymnasium.make_vec("faasfarm/CartPole-v1", num_envs=256, endpoint=daemon.endpoint)
        envs.reset(seed=1)

        def go(steps: int) -> None:
            for _ in range(steps):
                envs.step(np.random.randint(0, 2, 256))

        go(20)
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM episodes").fetchone()
        # Well past what the log may have, and what is said of.
        while log_bytes() < 80 << 20:
            go(200)
        go(200)
        reader.execute("COMMIT")
        reader.close()
        rounds = 0
        while log_bytes() > 33 << 20:
            go(200)
            rounds += 1
            assert rounds < 200, f"the log has {log_bytes()} bytes long after its reader was gone"
        envs.close()
        daemon.stop(signal.SIGTERM)
        said = [line for line in daemon.log().splitlines() if "keeps a transaction open" in line]
    assert len(said) == 1, said
