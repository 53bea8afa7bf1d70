"""The example that learns offline runs, and learns more than to repeat the commonest action."""

import os
import re
import subprocess
import sys
from pathlib import Path

import faasfarm  # noqa: F401
import gymnasium
from daemon import ROOT, Daemon


def test_behaviour_cloning_from_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with Daemon("--record", str(path)) as daemon:
        env = gymnasium.make(
            "faasfarm/Farm-v0", endpoint=daemon.endpoint, scenario="demo", backend="simulator", action="delta:1"
        )
        for seed in range(20):
            _, info = env.reset(seed=seed)
            done = False
            while not done:
                metrics = info["metrics"]
                busy = metrics["running"] + metrics["queue_length"]
                desired = metrics["desired"]
                action = 2 if busy > desired else 0 if busy < desired - 2 else 1
                _, _, terminated, truncated, info = env.step(action)
                done = terminated or truncated
        env.close()
        command = [sys.executable, str(ROOT / "examples" / "python" / "behaviour_cloning.py"), str(path)]
        # Simulated steps are in the file a tenth of a second later; the daemon's end writes them all.
        daemon.stop(15)
        environment = os.environ | {"PYTHONPATH": str(ROOT / "protocol" / "python" / "src")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    found = re.search(r"agreement ([\d.]+), of the commonest action ([\d.]+)", done.stdout)
    assert found, done.stdout
    agreement, commonest = map(float, found.groups())
    assert agreement > commonest + 0.1, done.stdout
