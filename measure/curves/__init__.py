"""Whether PPO learns alike here and in Stable-Baselines3: CartPole-v1 with RL Baselines3 Zoo's settings, three ways.

Ours (`faasfarm train ppo --preset zoo-cartpole`), Stable-Baselines3 on Gymnasium's environment in its process, and
Stable-Baselines3 on our daemon's environment. Each way is trained with the same seeds. A curve's point is the mean
return of the episodes that ended in the last twentieth of the training. Intervals are of 95 %, by bootstrap over the
trainings.

A row a way, one for each pair of them (the difference of the area under the curve, which is the mean of its points; at
how many points the two intervals overlap; p by permutation), and the picture. The exit code is 1 when an interval of a
difference excludes 0, or intervals overlap at fewer than 18 of 20 points. Needs torch and stable-baselines3, hence a
virtual environment of its own: `make learning-curves` makes it.
"""

import argparse
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from measure.curves.picture import picture
from measure.curves.training import POINTS, WAYS, curve, episodes
from measure.figures import RESAMPLES, interval, resampled
from measure.parts import Part, add_options, show, verdict
from measure.processes import ROOT
from measure.rows import Row

NAME = "curves"
SUMMARY = "learning curves beside Stable-Baselines3's (needs .venv-peers)"
DETAILS = ""
OVERLAPS = 18


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each way, seeds 1 to this (default: 5)")
    parser.add_argument("--steps", type=int, default=50_000, help="environment steps of each (default: 50,000)")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default: 1)")
    parser.add_argument("--keep", type=Path, help="a file for the curves, in JSON; those in it are not trained again")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "pictures" / "learning-curves.svg")


def trained(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Of each way, trainings x points."""
    kept: dict[str, list[float]] = {}
    if options.keep and options.keep.exists():
        kept = json.loads(options.keep.read_text())

    def points(job: tuple[int, str]) -> tuple[str, list[float]]:
        seed, way = job
        name = f"{way} {seed} {options.steps}"
        return name, kept.get(name) or curve(episodes(way, seed, options.steps, options.program), options.steps)

    seeds = range(1, options.seeds + 1)
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, found in pool.map(points, [(seed, way) for seed in seeds for way in WAYS]):
            kept[name] = found
            if options.keep:
                options.keep.write_text(json.dumps(kept))
    return {way: np.array([kept[f"{way} {seed} {options.steps}"] for seed in seeds]) for way in WAYS}


def bands(curves: Mapping[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    """Of each way, 2 x points: bounds of the mean over the trainings."""
    return {way: interval(resampled(found, random)) for way, found in curves.items()}


def of_way(way: str, curves: np.ndarray, band: np.ndarray) -> Row:
    areas = curves.mean(axis=1)
    values = {
        "areas": [round(float(area), 1) for area in areas],
        "curve": [round(float(value), 1) for value in curves.mean(axis=0)],
        "low": [round(float(value), 1) for value in band[0]],
        "high": [round(float(value), 1) for value in band[1]],
    }
    text = f"area {areas.mean():.2f} ({areas.min():.1f} to {areas.max():.1f} of {len(areas)} trainings)"
    return Row(WAYS[way], text, values=values)


def of_pair(what: str, first: np.ndarray, second: np.ndarray, random: np.random.Generator) -> Row:
    """The difference of two ways: areas under the curves, and where intervals overlap."""
    one, other = first.mean(axis=1), second.mean(axis=1)
    low, high = interval(resampled(one, random) - resampled(other, random))
    both, size = np.concatenate([one, other]), len(one)
    shuffled = random.permuted(np.tile(both, (RESAMPLES, 1)), axis=1)
    differences = shuffled[:, :size].mean(axis=1) - shuffled[:, size:].mean(axis=1)
    # Of numbers that are equal but for rounding, the one at hand is as far out as the others.
    beyond = np.abs(differences) >= abs(one.mean() - other.mean()) - 1e-9
    bounds, others = (interval(resampled(curves, random)) for curves in (first, second))
    overlaps = int(((bounds[0] <= others[1]) & (others[0] <= bounds[1])).sum())
    difference, p = float(one.mean() - other.mean()), float(beyond.mean())
    return Row(
        what,
        f"difference of area {difference:+.2f} ({low:.2f} to {high:.2f}), p {p:.3f}; intervals overlap at "
        f"{overlaps} of {POINTS} points",
        f"the interval has 0 in it, and overlaps at >= {OVERLAPS}",
        bool(low <= 0 <= high and overlaps >= OVERLAPS),
        {"difference_of_area": difference, "interval": [float(low), float(high)], "p": p, "overlaps": overlaps},
    )


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """A row a way and a row a pair; writes the picture."""
    random = np.random.default_rng(1)
    curves = trained(options)
    around = bands(curves, random)
    for way, found in curves.items():
        yield of_way(way, found, around[way])
    for first, second in itertools.combinations(WAYS, 2):
        yield of_pair(f"{WAYS[first]} - {WAYS[second]}", curves[first], curves[second], random)
    options.picture.parent.mkdir(exist_ok=True)
    options.picture.write_text(picture(curves, around, options.steps))


def run(options: argparse.Namespace) -> int:
    # The daemon that the Python package starts is the program that is compared.
    os.environ["FAASFARM_BIN"] = str(options.program.absolute())
    what = f"PPO on CartPole-v1, {options.seeds} trainings a way of {options.steps:,} steps"
    part = Part(NAME, what, lambda _: rows(options))
    return verdict(NAME, show(part, part.measured(lambda: rows(options)), options.format))
