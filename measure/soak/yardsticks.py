"""Trains the bundled learners on classic control and says whether they are as good as they should be.

Ten seeds that are named beforehand, 1 to 10; each agent is then evaluated on 100 greedy episodes of seeds that it
never saw. A row a bar: mean, interquartile mean and worst seed of the agents' mean returns, how many reach what is
wanted, and the verdict. SARSA learns as it acts: its figure is the mean return of episodes 1901 to 2000 of its
training. `SMALL` is what `make test` runs: one short training each of two.
"""

import csv
import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from measure.figures import interquartile_mean
from measure.parts import Part, Setting
from measure.processes import ProgramFailed, output
from measure.rows import Row
from measure.turns import in_turns

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
        return f"{self.algorithm} {self.environment} ({self.preset})"


BARS = [
    Bar("ppo", "CartPole-v1", "zoo-cartpole", 100_000, 475, 9),
    Bar("ppo", "Acrobot-v1", "zoo-acrobot", 500_000, -90, 9),
    Bar("ppo", "Pendulum-v1", "zoo-pendulum", 300_000, -250, 8),
    Bar("ppo", "CartPole-v1", "recurrent-cartpole", 100_000, 475, 9),
    Bar("ppo", "PositionOnlyCartPole-v1", "recurrent-cartpole", 200_000, 450, 8),
    Bar("dqn", "CartPole-v1", "cartpole", 100_000, 475, 8),
    Bar("dqn", "MountainCar-v0", "mountaincar", 120_000, -120, 7),
    Bar("sarsa", "MountainCar-v0", "mountaincar", 400_000, -130, 10, in_training=2_000),
]
SMALL = [
    Bar("ppo", "CartPole-v1", "zoo-cartpole", 20_000, 60, 10),
    Bar("sarsa", "MountainCar-v0", "mountaincar", 25_000, -140, 10, in_training=150),
]


def trained(program: Path, bar: Bar, seed: int, directory: Path) -> float:
    """Trains one agent and gives its mean return."""
    stem = directory / f"{bar.algorithm}-{bar.environment}-{seed}"
    model, table = stem.with_suffix(".safetensors"), stem.with_suffix(".csv")
    environment = f"faasfarm/{bar.environment}"
    command = [program, "train", bar.algorithm, "--env", environment, "--preset", bar.preset]
    command += ["--steps", bar.steps, "--seed", seed, "--out", model]
    if bar.in_training:
        output([*command, "--csv", table])
        with table.open() as lines:
            rows = csv.DictReader(lines)
            returns = [float(row["value"]) for row in rows if row["name"] == "charts/episodic_return"]
        if len(returns) < bar.in_training:
            raise ProgramFailed(f"{bar.name} ended {len(returns)} episodes in {bar.steps} steps, not {bar.in_training}")
        return sum(returns[bar.in_training - 100 : bar.in_training]) / 100
    output(command)
    command = [program, "evaluate", "--env", environment, "--policies", model, "--episodes", 100, "--seed", UNSEEN]
    return json.loads(output([*command, "--format", "json"]))["policies"][0]["return"]["mean"]


def verdict(program: Path, bar: Bar, seeds: Sequence[int], jobs: int) -> Row:
    """Trains with every seed and sums up."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(jobs) as pool:
        means = list(pool.map(lambda seed: trained(program, bar, seed, Path(directory)), seeds))
    reached = sum(mean >= bar.least for mean in means)
    wanted = -(-bar.of_ten * len(seeds) // 10)
    found = {
        "mean": round(sum(means) / len(means), 2),
        "interquartile_mean": round(interquartile_mean(means), 2),
        "worst": round(min(means), 2),
    }
    return Row(
        f"{bar.name}, {bar.steps} steps, {len(seeds)} trainings",
        f"{reached} reach it; mean {found['mean']}, interquartile {found['interquartile_mean']}, "
        f"worst {found['worst']}",
        f">= {bar.least:g} on >= {wanted} of {len(seeds)}",
        reached >= wanted,
        found
        | {
            "preset": bar.preset,
            "seeds": list(seeds),
            "returns": [round(mean, 2) for mean in means],
            "reached": reached,
            "seconds": round(time.monotonic() - begun, 1),
        },
    )


# A memory beside twelve windows to look back on, in steps a second of a training on the farm `shuffled`.
HISTORY = ("--preset", "farm", "--argument", "history=12")
MEMORY = ("--preset", "recurrent-farm", "--argument", "history=1")


def speed(program: Path, arguments: Sequence[str], steps: int) -> float:
    """Steps a second, as the training itself says."""
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "train", "ppo", "--scenario", "shuffled", "--argument", "action=target", *arguments]
        said = output([*command, "--steps", steps, "--seed", 1, "--out", Path(directory) / "model.safetensors"])
    found = re.search(r"trained for .* ([0-9]+) steps a second", said)
    if found is None:
        raise ProgramFailed(f"{' '.join(map(str, command))} did not say how fast it was: {said}")
    return float(found[1])


def recurrence(program: Path, steps: int = 100_000, blocks: int = 5) -> Row:
    """How fast a recurrent agent is trained, beside one by history; in turns."""
    sides = [lambda arguments=arguments: speed(program, arguments, steps) for arguments in (MEMORY, HISTORY)]
    memory, history = in_turns(sides, blocks)
    ratio = statistics.median(one / other for one, other in zip(memory, history, strict=True))
    return Row(
        f"ppo Farm-v0 `shuffled`, a memory (recurrent-farm) over history=12 (farm), {blocks} turns of {steps} steps",
        f"{ratio:.2f}; {statistics.median(memory):,.0f} over {statistics.median(history):,.0f} steps a second",
        ">= 0.4",
        ratio >= 0.4,
        {"ratio": ratio, "memory": memory, "history": history},
    )


def rows(setting: Setting, seeds: Sequence[int] = range(1, 11), jobs: int = 2) -> Iterator[Row]:
    """Ten trainings of each learner on classic control, and what a memory costs."""
    yield recurrence(setting.program)
    for bar in BARS:
        yield verdict(setting.program, bar, seeds, jobs)


PART = Part("yardsticks", "ten trainings of each learner on classic control, and what a memory costs", rows)
