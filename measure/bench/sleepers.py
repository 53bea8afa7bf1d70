"""Tasks that sleep, against tasks x time / workers: what a live farm costs beside its work.

With one worker a function (exact dispatch), and with functions of a gateway that chooses among replicas at random.
"""

from collections.abc import Iterator
from pathlib import Path

from measure.bench.bags import Played, bag, play
from measure.parts import Part, Setting
from measure.processes import serving
from measure.rows import Row


def sleepers(program: Path, tasks: int, workers: int, seconds: float, dispatch: str) -> Played:
    """Tasks that sleep, on one function a worker, or on functions whose gateway chooses a replica at random."""
    # Seven functions of five replicas each are what the Community Edition needs for 32 workers.
    ce = ["--gateway-profile", "ce", "--functions-per-farm", -(-workers // 5)]
    choice = ["--pool", "functions"] if dispatch == "exact" else ce
    with serving(program, "--pools", 1, *choice) as server:
        return play(server.address, bag(tasks, seconds, workers, step=0.5))


def rows(setting: Setting, tasks: int = 2_000, workers: int = 32, seconds: float = 0.25) -> Iterator[Row]:
    floor = tasks * seconds / workers
    what = f"{tasks:,} tasks of {seconds * 1000:.0f} ms on {workers} workers"
    yield Row(f"{what}: tasks x time / workers", f"{floor:12.2f} s", values={"seconds": floor})
    for dispatch in ("exact", "random"):
        played = sleepers(setting.program, tasks, workers, seconds, dispatch)
        # A worker's share of the tasks, each of which took this much longer than its work.
        overhead = (played.seconds - floor) / (tasks / workers) * 1000
        collisions = f", {played.collisions} collisions" if played.collisions else ""
        yield Row(
            f"{what}: {dispatch} dispatch",
            f"{played.seconds:12.2f} s; ratio {played.seconds / floor:.3f}, "
            f"{overhead:.1f} ms a task beside its work{collisions}; {played.accounts}",
            values={"seconds": played.seconds, "ratio": played.seconds / floor, "totals": played.totals},
        )


PART = Part("sleepers", "a live farm's tasks that sleep, against the time they need", rows)
