"""The first result where no worker is, against the worker's start time."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measure.bench.bags import bag, play
from measure.parts import Part, Setting
from measure.processes import ProgramFailed, serving
from measure.rows import Row


def from_zero(program: Path, times: int, start_up: float) -> list[float]:
    """Seconds from a reset without workers, at which one is asked for, to the result of the one task."""
    results = []
    with serving(program, "--pools", 1) as server:
        for _ in range(times):
            scenario = bag(1, 0, 1, step=0.25, initial=0, start_up=start_up)
            played = play(server.address, scenario, first=1, most_seconds=60)
            if played.totals["done"] != 1:
                raise ProgramFailed(f"the task was not done: {played}")
            results.append(played.seconds)
    return results


def rows(setting: Setting, times: int = 20, start_up: float = 1.0) -> Iterator[Row]:
    results = from_zero(setting.program, times, start_up)
    yield Row(
        f"beyond the worker's start of {start_up:g} s, {times} times",
        f"{(median(results) - start_up) * 1e3:12.0f} ms (median), {(max(results) - start_up) * 1e3:.0f} ms (most)",
        values={"seconds": results},
    )


PART = Part("zero", "the first result from no worker", rows)
