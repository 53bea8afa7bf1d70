"""What recording costs: the same steps by a daemon that records and by one that does not, in turns."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median

import faasfarm
import numpy as np

from measure.figures import Spread
from measure.parts import Part, Setting
from measure.processes import Server, cpu_seconds, serving
from measure.rows import Row
from measure.turns import in_turns

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


def processor_seconds(server: Server) -> float:
    """Of the daemon and of this process; 0 where the system does not tell."""
    daemon = cpu_seconds(server.pid)
    return 0.0 if daemon is None else daemon + time.process_time()


@dataclass
class Block:
    """A block of a vector's steps."""

    rate: float
    processor: float
    steps: int


def vector_steps(server: Server, envs: faasfarm.VectorEnv, seconds: float) -> Block:
    """Steps with actions of all kinds: what is recorded is no constant."""
    randomness = np.random.default_rng(1)
    actions = randomness.integers(0, envs.single_action_space.n, (16, envs.num_envs))
    steps, used = 0, processor_seconds(server)
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        for row in actions:
            envs.step(row)
        steps += actions.size
    # Until what was put aside is written.
    time.sleep(0.12)
    return Block(steps / elapsed, processor_seconds(server) - used, steps)


def live_milliseconds(env: faasfarm.Env, seconds: float) -> float:
    """The median time of a step beyond its window, in milliseconds."""
    beyond = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        before = time.perf_counter()
        env.step(env.action_space.n // 2)
        beyond.append(1e3 * (time.perf_counter() - before) - 100)
    return median(beyond)


def after_one(measures, blocks: int) -> list[list]:
    """Figures in turns, without the first block, which warms up."""
    return [figures[1:] for figures in in_turns(measures, blocks + 1)]


def of_vectors(stack: contextlib.ExitStack, sides: list[Server], blocks: int, seconds: float) -> Row:
    measures = []
    for side in sides:
        envs = faasfarm.VectorEnv(
            "faasfarm/Farm-v0", num_envs=FARMS, endpoint=side.address, scenario="bench-farm", backend="simulator",
            timeout=PATIENCE,
        )  # fmt: skip
        stack.callback(envs.close)
        envs.reset(seed=1)
        measures.append(partial(vector_steps, side, envs, seconds))
    off, on = after_one(measures, blocks)
    cost = Spread.of([100 * (1 - one.rate / other.rate) for other, one in zip(off, on, strict=True)], "%")
    # Of all blocks, since ticks are coarse.
    used = [sum(block.processor for block in side) / sum(block.steps for block in side) for side in (off, on)]
    processor = f"; processor time a step {100 * (used[1] / used[0] - 1):+.1f} %" if min(used) > 0 else ""
    return Row(
        f"recording a vector of {FARMS} simulated farms over ipc from Python", f"costs {cost}{processor}",
        "under 15 % of its steps a second", cost.median < 15,
        {"off": [block.rate for block in off], "on": [block.rate for block in on], "processor_seconds_a_step": used},
    )  # fmt: skip


def of_live_farms(stack: contextlib.ExitStack, sides: list[Server], blocks: int, seconds: float) -> Row:
    measures = []
    for side in sides:
        env = faasfarm.Env(
            "faasfarm/Farm-v0", endpoint=side.address, scenario=LIVE, backend="embedded", timeout=PATIENCE
        )
        stack.callback(env.close)
        env.reset(seed=1)
        measures.append(partial(live_milliseconds, env, seconds))
    off, on = after_one(measures, blocks)
    cost = Spread.of([one - other for other, one in zip(off, on, strict=True)], "ms")
    return Row(
        "recording a live farm with windows of 0.1 s", f"a step takes {cost} longer",
        "nothing measurable: less than the blocks differ", cost.low <= 0 <= cost.high, {"off": off, "on": on},
    )  # fmt: skip


def rows(setting: Setting, live_blocks: int = 15, live_seconds: float = 2) -> Iterator[Row]:
    # Shorter turns and more of them: the difference is small.
    blocks, seconds = 4 * setting.blocks, setting.seconds / 2
    folder = setting.folder
    with contextlib.ExitStack() as stack:
        sides = [
            stack.enter_context(serving(setting.program, "--endpoint", f"ipc://{folder}/off")),
            stack.enter_context(
                serving(setting.program, "--endpoint", f"ipc://{folder}/on", "--record", folder / "recording.sqlite")
            ),
        ]
        yield of_vectors(stack, sides, blocks, seconds)
        # A step takes a tenth of a second; a few of them are a block.
        yield of_live_farms(stack, sides, live_blocks, live_seconds)


PART = Part("recording", "steps that are recorded beside steps that are not", rows)
