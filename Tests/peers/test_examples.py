"""The examples that need PyTorch run, and learn."""

import re
import subprocess
import sys

from daemon import ROOT


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "examples" / "python" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ppo_in_one_file_learns_to_hold_the_pole(endpoint: str) -> None:
    output = run("cleanrl_ppo.py", "--endpoint", endpoint, "--total-steps", "50000", "--seed", "2")
    returns = [float(text) for text in re.findall(r"return +([-\d.]+)", output)]
    assert returns[0] < returns[-1] and returns[-1] > 150, output


def test_ppo_in_one_file_runs_on_the_farm(endpoint: str) -> None:
    farm = ["--env", "faasfarm/Farm-v0", "--argument", "scenario=steady", "--argument", "backend=simulator"]
    output = run("cleanrl_ppo.py", "--endpoint", endpoint, "--total-steps", "4096", *farm)
    assert "return" in output and "nan" not in output


def test_stable_baselines3(endpoint: str) -> None:
    output = run("sb3_ppo.py", "--endpoint", endpoint, "--steps", "4096")
    assert "after 4096 steps" in output
