"""Five trainings of an agent, of which the one of median reward is kept."""

import csv
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from measure.policies.agents import CHOOSING, SEEDS, Agent, comparison, quoted, run


def curve(table: Path, steps: int) -> list[tuple[int, float, int]]:
    """Mean return of the episodes that ended in each hundredth of a training."""
    bins: dict[int, list[float]] = {}
    with table.open() as lines:
        for row in csv.DictReader(lines):
            if row["name"] == "charts/episodic_return":
                bins.setdefault(min(99, int(row["step"]) * 100 // steps), []).append(float(row["value"]))
    width = steps // 100
    return [((part + 1) * width, sum(values) / len(values), len(values)) for part, values in sorted(bins.items())]


def train(program: Path, agent: Agent, runs: Path | None) -> dict[str, Any]:
    """Trains with every seed, keeps the agent of median reward, and gives what each came to."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, seconds = runs or Path(temporary), []
        files = [str(folder / f"{agent.name}-{seed}.safetensors") for seed in SEEDS]
        for seed, file in zip(SEEDS, files, strict=True):
            begun = time.monotonic()
            if not Path(file).exists():
                run(program, [*agent.training(seed, file), "--csv", file + ".csv"])
                seconds.append(round(time.monotonic() - begun))
        chosen = json.loads(run(program, [*comparison(agent, files, CHOOSING), "--format", "json"]))
        order = sorted(range(len(files)), key=lambda index: chosen["policies"][index]["reward"]["mean"])
        result = json.loads(run(program, [*comparison(agent, files), "--format", "json"]))
        kept = order[len(order) // 2]
        shutil.copy(files[kept], agent.path)
        table = Path(files[kept] + ".csv")
        if table.exists():
            with agent.path.with_suffix(".csv").open("w", newline="") as lines:
                writer = csv.writer(lines)
                writer.writerow(["step", "mean_return", "episodes"])
                writer.writerows((step, f"{mean:.4f}", count) for step, mean, count in curve(table, agent.steps))
    trainings = []
    for seed, policy in zip(SEEDS, result["policies"], strict=True):
        means = {name: round(policy[name]["mean"], 6) for name in [*agent.columns, "reward"]}
        trainings.append({"seed": seed, **means, "over_fixed_line": policy.get("over_fixed_line")})
    command = " ".join(quoted(word) for word in agent.training(SEEDS[kept], f"{agent.name}.safetensors"))
    return {"command": f"faasfarm {command}", "kept": SEEDS[kept], "seconds": seconds, "trainings": trainings}
