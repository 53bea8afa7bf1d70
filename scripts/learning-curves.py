"""Whether PPO learns alike here and in Stable-Baselines3: CartPole-v1 with RL Baselines3 Zoo's settings, three ways.

Ours (`faasfarm train ppo --preset zoo-cartpole`), Stable-Baselines3 on Gymnasium's environment in its process, and
Stable-Baselines3 on our daemon's environment. Each way is trained with the same seeds. A curve's point is the mean
return of the episodes that ended in the last twentieth of the training. Intervals are of 95 %, by bootstrap over the
trainings.

Prints a JSON line a way, one for each pair of them (the difference of the area under the curve, which is the mean of
its points; at how many points the two intervals overlap; p by permutation), and writes the picture. The exit code is 1
when an interval of a difference excludes 0, or intervals overlap at fewer than 18 of 20 points.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from children import ROOT
from peers import ZOO, environments, model, single_threaded

POINTS = 20
OVERLAPS = 18
RESAMPLES = 10_000
COUNT = 8
WAYS = {
    "ours": "faasfarm train ppo",
    "gymnasium": "Stable-Baselines3 on Gymnasium",
    "daemon": "Stable-Baselines3 on faasfarm serve",
}
COLOURS = {"ours": "#d55e00", "gymnasium": "#0072b2", "daemon": "#009e73"}

Episodes = list[tuple[int, float]]


def run(command: list[str | Path]) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, env=single_threaded()
    )
    if done.returncode != 0:
        raise SystemExit(f"learning-curves: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def episodes(way: str, seed: int, steps: int, program: Path) -> Episodes:
    """Trains once and gives the episodes that ended: at which step, with which return."""
    if way != "ours":
        return json.loads(run([sys.executable, __file__, "--child", way, seed, steps]).splitlines()[-1])
    with tempfile.TemporaryDirectory() as directory:
        table = Path(directory) / "table.csv"
        command = [program, "train", "ppo", "--env", "faasfarm/CartPole-v1", "--preset", "zoo-cartpole"]
        command += ["--set", f"environments={COUNT}", "--steps", steps, "--seed", seed, "--csv", table]
        run([*command, "--out", Path(directory) / "model.safetensors"])
        with table.open() as lines:
            rows = [row for row in csv.DictReader(lines) if row["name"] == "charts/episodic_return"]
        return [(int(row["step"]), float(row["value"])) for row in rows]


def child(way: str, seed: int, steps: int) -> None:
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

    envs = VecMonitor(environments("pole" if way == "daemon" else "gymnasium", COUNT, seed))
    listener = Listener()
    model(envs, ZOO, 1e-3, 0.2, decays_clip=True, seed=seed).learn(steps, callback=listener)
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


def intervals(curves: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """2 × points: bounds of the mean over the trainings."""
    drawn = random.integers(len(curves), size=(RESAMPLES, len(curves)))
    return np.quantile(curves[drawn].mean(axis=1), [0.025, 0.975], axis=0)


def pair(first: np.ndarray, second: np.ndarray, random: np.random.Generator) -> dict[str, object]:
    """The difference of two ways: areas under the curves, and where intervals overlap."""
    one, other = first.mean(axis=1), second.mean(axis=1)
    drawn = [areas[random.integers(len(areas), size=(RESAMPLES, len(areas)))].mean(axis=1) for areas in (one, other)]
    low, high = np.quantile(drawn[0] - drawn[1], [0.025, 0.975])
    both, size = np.concatenate([one, other]), len(one)
    shuffled = random.permuted(np.tile(both, (RESAMPLES, 1)), axis=1)
    differences = shuffled[:, :size].mean(axis=1) - shuffled[:, size:].mean(axis=1)
    # Of numbers that are equal but for rounding, the one at hand is as far out as the others.
    beyond = np.abs(differences) >= abs(one.mean() - other.mean()) - 1e-9
    bounds, others = intervals(first, random), intervals(second, random)
    overlaps = int(((bounds[0] <= others[1]) & (others[0] <= bounds[1])).sum())
    return {
        "difference_of_area": round(float(one.mean() - other.mean()), 2),
        "interval": [round(float(low), 2), round(float(high), 2)],
        "p": round(float(beyond.mean()), 3),
        "overlaps": f"{overlaps} of {POINTS}",
        "alike": bool(low <= 0 <= high and overlaps >= OVERLAPS),
    }


def picture(curves: dict[str, np.ndarray], bands: dict[str, np.ndarray], steps: int) -> str:
    """The curves as a page of SVG."""
    left, top, width, height = 46, 14, 580, 260

    def x(point: float) -> float:
        return round(left + width * (point + 1) / POINTS, 1)

    def y(value: float) -> float:
        return round(top + height * (1 - value / 500), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 14} {top + height + 74}" width="680">',
        "<title>Return of CartPole-v1 against environment steps, three ways</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<g font-family="sans-serif" font-size="11" fill="#444" stroke="none">',
    ]
    for value in range(0, 501, 100):
        parts.append(f'<path d="M{left} {y(value)}h{width}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(value) + 4}" text-anchor="end">{value}</text>')
    for part in range(0, 6):
        at = left + width * part / 5
        parts.append(f'<text x="{at}" y="{top + height + 16}" text-anchor="middle">{steps * part // 5:,}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 34}" text-anchor="middle">environment steps</text>')
    for way, band in bands.items():
        up = " ".join(f"{x(index)},{y(value)}" for index, value in enumerate(band[1]))
        down = " ".join(f"{x(index)},{y(band[0][index])}" for index in reversed(range(POINTS)))
        parts.append(f'<polygon points="{up} {down}" fill="{COLOURS[way]}" fill-opacity="0.15"/>')
    for place, way in enumerate(bands):
        line = " ".join(f"{x(index)},{y(value)}" for index, value in enumerate(curves[way].mean(axis=0)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[way]}" stroke-width="2"/>')
        at, base = left + 196 * place, top + height + 58
        parts.append(f'<path d="M{at} {base - 4}h18" stroke="{COLOURS[way]}" stroke-width="3"/>')
        parts.append(f'<text x="{at + 23}" y="{base}">{WAYS[way]}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each way, seeds 1 to this (default 5)")
    parser.add_argument("--steps", type=int, default=50_000, help="environment steps of each (default 50,000)")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default 1)")
    parser.add_argument("--keep", type=Path, help="a file for the curves, in JSON; those in it are not trained again")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "pictures" / "learning-curves.svg")
    parser.add_argument("--child", nargs=3, metavar=("WAY", "SEED", "STEPS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], int(options.child[1]), int(options.child[2]))
        return 0
    # The daemon that the Python package starts is the program that is compared.
    os.environ["FAASFARM_BIN"] = str(options.program)
    kept: dict[str, list[float]] = {}
    if options.keep and options.keep.exists():
        kept = json.loads(options.keep.read_text())

    def trained(job: tuple[int, str]) -> tuple[str, list[float]]:
        seed, way = job
        name = f"{way} {seed} {options.steps}"
        return name, kept.get(name) or curve(episodes(way, seed, options.steps, options.program), options.steps)

    jobs = [(seed, way) for seed in range(1, options.seeds + 1) for way in WAYS]
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, points in pool.map(trained, jobs):
            kept[name] = points
            if options.keep:
                options.keep.write_text(json.dumps(kept))
    random = np.random.default_rng(1)
    curves = {
        way: np.array([kept[f"{way} {seed} {options.steps}"] for seed in range(1, options.seeds + 1)]) for way in WAYS
    }
    bands = {way: intervals(curves[way], random) for way in WAYS}
    for way in WAYS:
        areas = curves[way].mean(axis=1)
        line = {
            "what": WAYS[way],
            "trainings": options.seeds,
            "steps": options.steps,
            "area": round(float(areas.mean()), 2),
            "areas": [round(float(area), 1) for area in areas],
            "curve": [round(float(value), 1) for value in curves[way].mean(axis=0)],
            "low": [round(float(value), 1) for value in bands[way][0]],
            "high": [round(float(value), 1) for value in bands[way][1]],
        }
        print(json.dumps(line), flush=True)
    apart = 0
    for first, second in itertools.combinations(WAYS, 2):
        result = pair(curves[first], curves[second], random)
        print(json.dumps({"what": f"{WAYS[first]} - {WAYS[second]}", **result}), flush=True)
        apart += not result["alike"]
    options.picture.parent.mkdir(exist_ok=True)
    options.picture.write_text(picture(curves, bands, options.steps))
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
