"""Trains the bundled learners on classic control and says whether they are as good as they should be.

Ten seeds that are named beforehand, 1 to 10; each agent is then evaluated on 100 greedy episodes of seeds that it
never saw. Prints a JSON line a bar: mean, interquartile mean and worst seed of the agents' mean returns, how many reach
what is wanted, and the verdict. The exit code is 1 when a bar is missed. SARSA learns as it acts: its figure is the
mean return of episodes 1901 to 2000 of its training. --small is what `make test` runs: one short training each of two.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from children import ROOT

UNSEEN = 1_000_001


@dataclass(frozen=True)
class Bar:
    """What a number of trainings has to reach."""

    algorithm: str
    environment: str
    preset: str
    steps: int
    least: float
    of_ten: int
    # 0: agents are evaluated. Otherwise the figure is the mean return of the last hundred of so many training episodes.
    in_training: int = 0

    @property
    def name(self) -> str:
        return f"{self.algorithm} {self.environment}"


BARS = [
    Bar("ppo", "CartPole-v1", "zoo-cartpole", 100_000, 475, 9),
    Bar("ppo", "Acrobot-v1", "zoo-acrobot", 500_000, -90, 9),
    Bar("ppo", "Pendulum-v1", "zoo-pendulum", 300_000, -250, 8),
    Bar("dqn", "CartPole-v1", "cartpole", 100_000, 475, 8),
    Bar("dqn", "MountainCar-v0", "mountaincar", 120_000, -120, 7),
    Bar("sarsa", "MountainCar-v0", "mountaincar", 400_000, -130, 10, in_training=2_000),
]
SMALL = [
    Bar("ppo", "CartPole-v1", "zoo-cartpole", 20_000, 60, 10),
    Bar("sarsa", "MountainCar-v0", "mountaincar", 25_000, -140, 10, in_training=150),
]


def run(command: list[str | Path]) -> str:
    """Runs a command and gives its standard output; ends the script when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"yardsticks: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def trained(program: Path, bar: Bar, seed: int, directory: Path) -> float:
    """Trains one agent and gives its mean return."""
    stem = directory / f"{bar.algorithm}-{bar.environment}-{seed}"
    model, table = stem.with_suffix(".safetensors"), stem.with_suffix(".csv")
    environment = f"faasfarm/{bar.environment}"
    command = [program, "train", bar.algorithm, "--env", environment, "--preset", bar.preset]
    command += ["--steps", bar.steps, "--seed", seed, "--out", model]
    if bar.in_training:
        run([*command, "--csv", table])
        with table.open() as lines:
            rows = csv.DictReader(lines)
            returns = [float(row["value"]) for row in rows if row["name"] == "charts/episodic_return"]
        if len(returns) < bar.in_training:
            raise SystemExit(
                f"yardsticks: {bar.name} ended {len(returns)} episodes in {bar.steps} steps, not {bar.in_training}"
            )
        return sum(returns[bar.in_training - 100 : bar.in_training]) / 100
    run(command)
    command = [program, "evaluate", "--env", environment, "--policies", model, "--episodes", 100, "--seed", UNSEEN]
    return json.loads(run([*command, "--format", "json"]))["policies"][0]["return"]["mean"]


def interquartile_mean(values: list[float]) -> float:
    """The mean without the lowest and the highest quarter; numbers that are cut by the quarters count in part."""
    ordered, cut = sorted(values), len(values) / 4
    weights = [max(0.0, min(i + 1, len(ordered) - cut) - max(i, cut)) for i in range(len(ordered))]
    return sum(weight * value for weight, value in zip(weights, ordered, strict=True)) / sum(weights)


def verdict(program: Path, bar: Bar, seeds: list[int], jobs: int) -> dict[str, object]:
    """Trains with every seed and sums up."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(jobs) as pool:
        means = list(pool.map(lambda seed: trained(program, bar, seed, Path(directory)), seeds))
    reached = sum(mean >= bar.least for mean in means)
    wanted = -(-bar.of_ten * len(seeds) // 10)
    return {
        "what": bar.name,
        "preset": bar.preset,
        "steps": bar.steps,
        "seeds": seeds,
        "returns": [round(mean, 2) for mean in means],
        "mean": round(sum(means) / len(means), 2),
        "interquartile_mean": round(interquartile_mean(means), 2),
        "worst": round(min(means), 2),
        "bar": f">= {bar.least:g} on >= {wanted} of {len(seeds)}",
        "reached": reached,
        "holds": reached >= wanted,
        "seconds": round(time.monotonic() - begun, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--only", default="", help="bars whose name has this in it, such as ppo or MountainCar")
    parser.add_argument("--seeds", type=int, default=10, help="seeds 1 to this (default 10)")
    parser.add_argument("--small", action="store_true", help="short trainings of two, with the seed 1 only")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default 1)")
    options = parser.parse_args()
    missed = 0
    seeds = [1] if options.small else list(range(1, options.seeds + 1))
    for bar in SMALL if options.small else BARS:
        if options.only not in bar.name:
            continue
        line = verdict(options.program, bar, seeds, options.jobs)
        print(json.dumps(line), flush=True)
        missed += not line["holds"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
