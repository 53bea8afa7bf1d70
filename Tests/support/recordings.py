"""What tests of recordings share: the program's commands on a file, and a vector to record."""

import json
import os
import subprocess
from pathlib import Path

import gymnasium
from daemon import BINARY

# FAASFARM_SIZE=full runs at full size what is small otherwise (`make soak`).
FULL = os.environ.get("FAASFARM_SIZE") == "full"


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
