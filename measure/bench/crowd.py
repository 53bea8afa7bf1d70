"""200 workers, and 1,000 and 10,000 tasks in the queue.

How late replies to steps are, what a small environment's steps of the same daemon take meanwhile, and processor time a
task.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faasfarm

from measure.bench.bags import Played, bag, play
from measure.figures import quantile
from measure.parts import Part, Setting
from measure.processes import cpu_seconds, serving
from measure.rows import Row


@dataclass
class Crowd:
    """Many workers, and many tasks in the queue."""

    played: Played
    # Seconds of a step of another session of the same daemon meanwhile.
    others: list[float]
    # Processor seconds of the daemon, gateway included, for each task that was done.
    cost: float


def crowd(program: Path, tasks: int, workers: int, seconds: float, step: float) -> Crowd:
    """A farm of so many workers and tasks in one function's replicas, beside a session that steps a CartPole."""
    others: list[float] = []
    stop = threading.Event()

    def disturb(endpoint: str) -> None:
        env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=endpoint)
        env.reset(seed=1)
        while not stop.wait(0.02):
            begun = time.perf_counter()
            _, _, terminated, truncated, _ = env.step(1)
            others.append(time.perf_counter() - begun)
            if terminated or truncated:
                env.reset()
        env.close()

    with serving(program, "--pools", 1) as server:
        neighbour = threading.Thread(target=disturb, args=(server.address,))
        before = 0.0

        def begin() -> None:
            # The workers have started.
            nonlocal before
            before = cpu_seconds(server.pid) or 0
            neighbour.start()

        try:
            scenario = bag(tasks, seconds, workers, step, spread=seconds / 2)
            played = play(server.address, scenario, begun_with=begin)
        finally:
            stop.set()
            if neighbour.ident is not None:
                neighbour.join()
        cost = ((cpu_seconds(server.pid) or 0) - before) / max(1, played.totals["done"])
    return Crowd(played, others, cost)


def rows(
    setting: Setting, workers: int = 200, seconds: float = 0.5, sizes: tuple[int, int] = (1_000, 10_000)
) -> Iterator[Row]:
    costs = []
    for tasks in sizes:
        measured = crowd(setting.program, tasks, workers, seconds, step=0.5)
        played, others = measured.played, measured.others
        costs.append(measured.cost)
        yield Row(
            f"{tasks:,} tasks of {seconds * 500:.0f} to {seconds * 1500:.0f} ms queued, {workers} workers",
            f"{measured.cost * 1e6:12,.0f} µs of processor time a task, gateway included; "
            f"replies late by {quantile(played.lateness, 0.5) * 1e3:.1f} ms (median), "
            f"{max(played.lateness) * 1e3:.1f} ms (most of {len(played.lateness)}); another session's steps: "
            f"{quantile(others, 0.5) * 1e3:.2f} ms (median), {quantile(others, 0.99) * 1e3:.1f} ms (99 %); "
            f"{played.accounts}",
            values={"seconds_a_task": measured.cost, "latest": max(played.lateness), "totals": played.totals},
        )
    if costs[0] > 0:
        ratio = costs[1] / costs[0]
        yield Row(f"cost a task, {sizes[1]:,} over {sizes[0]:,}", f"{ratio:12.2f}", values={"ratio": ratio})


PART = Part("crowd", "a live farm of 200 workers with long queues", rows)
