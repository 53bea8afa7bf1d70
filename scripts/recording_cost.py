"""What recording costs: the same steps by a daemon that records and by one that does not, in turns.

Part of `make bench`; alone: `python scripts/recording_cost.py`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import faasfarm
import numpy as np
from children import ROOT, ChildFailed, child, first_line, raise_on_signals

FARMS = 64
# Seconds; a machine may have other things to do.
PATIENCE = 300

# Workers that have nothing to compute: what is measured is the session.
LIVE = """
name: recording-cost
arrivals: {phases: [{seconds: 600, rate: 10}]}
service: {constant: 0.05}
deadline: {seconds: 1}
workers: {min: 1, max: 3, initial: 2}
start_up: 0.1
step: 0.1
steps: 6000
"""


@dataclass
class Spread:
    """A median with the quartiles around it."""

    low: float
    median: float
    high: float
    unit: str

    @classmethod
    def of(cls, values: list[float], unit: str) -> "Spread":
        low, median, high = statistics.quantiles(values, n=4)
        return cls(low, median, high, unit)

    def __str__(self) -> str:
        return f"{self.median:.2f} {self.unit} (quartiles of the blocks: {self.low:.2f} to {self.high:.2f})"


@dataclass
class Cost:
    """What recording costs."""

    # Percent of a vector's steps a second.
    vector: Spread
    # Percent more processor time of daemon and client a step; None where the system does not tell.
    processor: float | None
    # Milliseconds that a live step takes longer.
    live: Spread


@dataclass
class Side:
    """A daemon with a session."""

    process: subprocess.Popen
    endpoint: str

    def processor_seconds(self) -> float:
        """Of the daemon, in the system's ticks, and of this process; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


@contextmanager
def daemon(program: Path, directory: Path, *options: str) -> Iterator[Side]:
    socket = directory / f"recording-{'on' if options else 'off'}"
    serve = [program, "serve", "--endpoint", f"ipc://{socket}", "--format", "json", "--until-stdin-closes", *options]
    with child(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Side(process, json.loads(first_line(process, seconds=30))["endpoint"])


def vector_steps(side: Side, envs: faasfarm.VectorEnv, seconds: float) -> tuple[float, float, int]:
    """Environment steps a second, and processor seconds, with actions of all kinds: what is recorded is no constant."""
    randomness = np.random.default_rng(1)
    actions = randomness.integers(0, envs.single_action_space.n, (16, envs.num_envs))
    steps, used = 0, side.processor_seconds()
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        for row in actions:
            envs.step(row)
        steps += actions.size
    # Until what was put aside is written.
    time.sleep(0.12)
    return steps / elapsed, side.processor_seconds() - used, steps


def live_milliseconds(env: faasfarm.Env, seconds: float) -> float:
    """The median time of a step beyond its window, in milliseconds."""
    beyond = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        before = time.perf_counter()
        env.step(env.action_space.n // 2)
        beyond.append(1e3 * (time.perf_counter() - before) - 100)
    return statistics.median(beyond)


def in_turns(blocks: int, off: Callable, on: Callable) -> tuple[list, list]:
    """Each side once a block, the other first in every other one; the first block warms up and is left out."""
    without, recorded = [], []
    for block in range(blocks + 1):
        sides = [(without, off), (recorded, on)]
        for figures, measure in sides if block % 2 else reversed(sides):
            figures.append(measure())
    return without[1:], recorded[1:]


def line(name: str, figure: float, unit: str, more: str = "") -> None:
    print(f"  {name:<34} {figure:12,.2f} {unit}   {more}".rstrip())


def vector_cost(sides: list[Side], blocks: int, seconds: float) -> tuple[Spread, float | None]:
    vectors = [
        faasfarm.VectorEnv(
            "faasfarm/Farm-v0",
            num_envs=FARMS,
            endpoint=side.endpoint,
            scenario="bench-farm",
            backend="simulator",
            timeout=PATIENCE,
        )
        for side in sides
    ]
    for envs in vectors:
        envs.reset(seed=1)
    measures = [
        lambda side=side, envs=envs: vector_steps(side, envs, seconds)
        for side, envs in zip(sides, vectors, strict=True)
    ]
    off, on = in_turns(blocks, *measures)
    for envs in vectors:
        envs.close()
    pairs = list(zip(off, on, strict=True))
    cost = Spread.of([100 * (1 - recorded[0] / without[0]) for without, recorded in pairs], "%")
    # Of all blocks, since ticks are coarse.
    used = [sum(seconds for _, seconds, _ in blocks) / sum(steps for *_, steps in blocks) for blocks in (off, on)]
    processor = 100 * (used[1] / used[0] - 1) if min(used) > 0 else None
    print(f"recording a vector of {FARMS} simulated farms over ipc from Python, {blocks} blocks of {seconds} s each")
    line("not recorded", statistics.median(rate for rate, *_ in off), "steps a second")
    line("recorded", statistics.median(rate for rate, *_ in on), "steps a second", f"costs {cost}")
    if processor is not None:
        line("recorded, processor time a step", 1e6 * used[1], "µs", f"{processor:+.1f} %")
    return cost, processor


def live_cost(sides: list[Side], blocks: int, seconds: float) -> Spread:
    farms = [
        faasfarm.Env("faasfarm/Farm-v0", endpoint=side.endpoint, scenario=LIVE, backend="embedded", timeout=PATIENCE)
        for side in sides
    ]
    for env in farms:
        env.reset(seed=1)
    off, on = in_turns(blocks, *(lambda env=env: live_milliseconds(env, seconds) for env in farms))
    for env in farms:
        env.close()
    cost = Spread.of([recorded - without for without, recorded in zip(off, on, strict=True)], "ms")
    print(
        f"recording a live farm, windows of 0.1 s, {blocks} blocks of {seconds:.0f} s a side; a step beyond its window"
    )
    line("not recorded", statistics.median(off), "ms")
    line("recorded", statistics.median(on), "ms", f"costs {cost}")
    return cost


def recording(program: Path, blocks: int, seconds: float, directory: Path) -> Cost:
    """Prints what recording costs, and returns it."""
    with ExitStack() as stack:
        sides = [
            stack.enter_context(daemon(program, directory)),
            stack.enter_context(daemon(program, directory, "--record", str(directory / "recording.sqlite"))),
        ]
        vector, processor = vector_cost(sides, blocks, seconds)
        # A step takes a tenth of a second; a few of them are a block.
        live = live_cost(sides, min(blocks, 15), 2.0)
    return Cost(vector, processor, live)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "faasfarm")
    parser.add_argument("--blocks", type=int, default=40, help="turns of each side (default: 40)")
    parser.add_argument("--seconds", type=float, default=0.25, help="length of a turn (default: 0.25)")
    options = parser.parse_args()
    raise_on_signals()
    try:
        with tempfile.TemporaryDirectory() as directory:
            recording(options.program, options.blocks, options.seconds, Path(directory))
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError) as error:
        print(f"recording_cost: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
