"""Live farms that are given all their tasks at the beginning."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import faasfarm


@dataclass
class Played:
    """An episode of a bag of tasks that are all there from its beginning."""

    # When the last task had ended, in seconds since the reset.
    seconds: float = 0.0
    totals: dict[str, int] = field(default_factory=dict)
    completions: list[tuple[int, float]] = field(default_factory=list)
    collisions: int = 0
    duplicates: int = 0
    # By how much each reply to a step came later, beside its point of the clock's grid, than the promptest one.
    lateness: list[float] = field(default_factory=list)
    reason: str | None = None

    @property
    def throughput(self) -> float:
        """Tasks a second while all workers had something to do: without the first and the last windows."""
        inner = self.completions[1:-1]
        return sum(count for count, _ in inner) / max(1e-9, sum(seconds for _, seconds in inner))

    @property
    def accounts(self) -> str:
        """What became of the tasks."""
        done = f"{self.totals['done']:,} of {self.totals['emitted']:,} done"
        return f"{done}, {self.totals['failed']} failed, {self.duplicates} duplicates"


def bag(
    tasks: int, seconds: float, workers: int, step: float, initial: int | None = None, start_up: float = 0,
    spread: float = 0,
) -> str:  # fmt: skip
    """A scenario: so many tasks at its beginning, whose work takes `seconds` each, more or less by up to `spread`."""
    # Evenly spread without a generator: multiples of the golden ratio.
    work = [seconds + spread * (2 * (number * 0.618033988749895 % 1) - 1) for number in range(tasks)]
    lines = "\n".join(f'    {{"seconds": {each:.6g}}}' for each in work)
    return (
        f"name: bag\narrivals:\n  bag: |\n{lines}\n"
        f"service: {{constant: {max(seconds, 0.001)}}}\ndeadline: {{seconds: 600}}\n"
        f"workers: {{min: 0, max: {workers}, initial: {workers if initial is None else initial}}}\n"
        f"start_up: {start_up}\nstep: {step}\nsteps: 100000\n"
    )


def play(
    endpoint: str, scenario: str, first: int | None = None, most_seconds: float = 300,
    begun_with: Callable[[], None] = lambda: None,
) -> Played:  # fmt: skip
    """Plays an episode to its end, or `most_seconds` long.

    Args:
        endpoint: of the daemon.
        scenario: its text.
        first: the number of workers that is asked for in each step; None: what the episode begins with.
        most_seconds: after which it is left.
        begun_with: called once the episode has begun.
    """
    played = Played()
    step = float(re.search(r"^step: (\S+)$", scenario, re.MULTILINE)[1])
    env = faasfarm.Env("faasfarm/Farm-v0", endpoint=endpoint, scenario=scenario, action="target")
    try:
        _, info = env.reset()
        begun_with()
        begun = time.perf_counter()
        action = info["metrics"]["desired"] if first is None else first
        done = False
        while not done and time.perf_counter() - begun < most_seconds:
            _, _, terminated, truncated, info = env.step(action)
            metrics = info["metrics"]
            played.lateness.append(time.perf_counter() - begun - round(metrics["time"] / step) * step)
            played.completions.append((metrics["completions"], info["window_seconds"]))
            played.collisions += metrics["collisions"]
            played.duplicates += metrics["duplicates"]
            played.seconds = max(played.seconds, metrics.get("response_time_max") or 0.0)
            done = terminated or truncated
        promptest = min(played.lateness, default=0.0)
        played.lateness = [late - promptest for late in played.lateness]
        played.totals = {name: info["totals"][name] for name in ("emitted", "queued", "running", "done", "failed")}
        played.reason = info.get("reason")
    finally:
        env.close()
    return played
