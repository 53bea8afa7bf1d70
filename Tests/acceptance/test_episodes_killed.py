"""What a killed daemon leaves of its recording.

FAASFARM_SIZE=full runs the same at full size (`make soak`).
"""

import json
import random
import sqlite3
import statistics
import threading
import time
from pathlib import Path

import faasfarm  # noqa: F401
import numpy as np
from daemon import SMALL, Client, Daemon
from figures import tell
from recordings import FULL, episodes, play_vector, verified

KILLS = 200 if FULL else 3


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
