"""What earlier programs wrote is read, verified and replayed by this one.

`earlier/0.1.sqlite.xz` was recorded by the program of commit 2473159: every preset for 12 steps, three farms with other
observations and rewards, classic control, vectors in the three autoreset modes, and an episode on real workers.
"""

import json
import lzma
from pathlib import Path

import faasfarm
import gymnasium
import pytest
from daemon import ROOT, Daemon
from recordings import episodes, verified

RECORDING = ROOT / "Tests" / "acceptance" / "earlier" / "0.1.sqlite.xz"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "0.1.sqlite"
    path.write_bytes(lzma.decompress(RECORDING.read_bytes()))
    return path


def listed(path: Path) -> list[dict]:
    return json.loads(episodes("list", str(path), "--format", "json"))


def test_recordings_of_0_1_are_verified(recording: Path) -> None:
    """Trajectories are the same to the last bit; infos may have got keys."""
    assert len(listed(recording)) == 54
    verdicts = verified(recording)
    assert len(verdicts) == 54
    bad = [verdict for verdict in verdicts if verdict["verdict"] not in ("same", "sound")]
    assert not bad, bad
    live = [verdict["id"] for verdict in verdicts if verdict["verdict"] == "sound"]
    assert live == [54]


def test_recordings_of_0_1_are_replayed(recording: Path) -> None:
    """Each complete episode gives its recorded rewards again, whichever actions are taken."""
    complete = [entry for entry in listed(recording) if entry["status"] in ("terminated", "truncated")]
    assert len(complete) > 20
    with Daemon("--record", str(recording)) as daemon:
        for entry in complete:
            env = gymnasium.make(faasfarm.__name__ + "/Replay-v0", endpoint=daemon.endpoint, episode=entry["id"])
            env.reset()
            rewards, done = [], False
            while not done:
                _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
                rewards.append(reward)
                done = terminated or truncated
            env.close()
            assert len(rewards) == entry["length"], entry
            assert sum(rewards) == pytest.approx(entry["return"], rel=1e-9), entry


def test_recordings_of_schema_3_are_read_and_added_to(tmp_path: Path) -> None:
    """`earlier/schema-3.sqlite.xz` was recorded before decisions of `faasfarm steer` had tables."""
    path = tmp_path / "schema-3.sqlite"
    path.write_bytes(lzma.decompress((RECORDING.parent / "schema-3.sqlite.xz").read_bytes()))
    before = listed(path)
    assert [entry["length"] for entry in before] == [15, 20]
    assert {verdict["verdict"] for verdict in verified(path)} <= {"same", "sound"}
    assert episodes("prune", str(path), "--steering", "--before", "2026-01-01") == "0 decisions and 0 calls deleted\n"
    assert listed(path) == before
