"""PPO on CartPole-v1 with RL Baselines3 Zoo's settings, three ways."""

import csv
import json
import tempfile
from pathlib import Path

from measure.peers.learners import ZOO, environments, model, single_threaded
from measure.processes import ROOT, calling, output

POINTS = 20
COUNT = 8
WAYS = {
    "ours": "faasfarm train ppo",
    "gymnasium": "Stable-Baselines3 on Gymnasium",
    "daemon": "Stable-Baselines3 on faasfarm serve",
}

# At which step an episode ended, with which return.
Episodes = list[tuple[int, float]]


def episodes(way: str, seed: int, steps: int, program: Path) -> Episodes:
    """Trains once and gives the episodes that ended: at which step, with which return."""
    if way != "ours":
        return json.loads(output(calling(train, way, seed, steps), env=single_threaded(), cwd=ROOT).splitlines()[-1])
    with tempfile.TemporaryDirectory() as directory:
        table = Path(directory) / "table.csv"
        command = [program, "train", "ppo", "--env", "faasfarm/CartPole-v1", "--preset", "zoo-cartpole"]
        command += ["--set", f"environments={COUNT}", "--steps", steps, "--seed", seed, "--csv", table]
        output([*command, "--out", Path(directory) / "model.safetensors"], env=single_threaded())
        with table.open() as lines:
            rows = [row for row in csv.DictReader(lines) if row["name"] == "charts/episodic_return"]
        return [(int(row["step"]), float(row["value"])) for row in rows]


def train(way: str, seed: str, steps: str) -> None:
    """Trains Stable-Baselines3's PPO in this process and prints its episodes."""
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import VecMonitor

    class Listener(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.ended: Episodes = []

        def _on_step(self) -> bool:
            ended = (info["episode"] for info in self.locals["infos"] if "episode" in info)
            self.ended += [(self.num_timesteps, float(episode["r"])) for episode in ended]
            return True

    envs = VecMonitor(environments("pole" if way == "daemon" else "gymnasium", COUNT, int(seed)))
    listener = Listener()
    model(envs, ZOO, 1e-3, 0.2, decays_clip=True, seed=int(seed)).learn(int(steps), callback=listener)
    print(json.dumps(listener.ended))
    envs.close()


def curve(ended: Episodes, steps: int) -> list[float]:
    """Mean returns by twentieths of the training; one in which no episode ended has that before it."""
    parts: list[list[float]] = [[] for _ in range(POINTS)]
    for step, value in ended:
        parts[min(POINTS - 1, max(0, (step - 1) * POINTS // steps))].append(value)
    points: list[float] = []
    for part in parts:
        points.append(sum(part) / len(part) if part else points[-1] if points else 0.0)
    return points
