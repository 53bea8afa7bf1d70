"""What a live farm costs beside its work, and beside wrk on the same gateway and workers.

`make bench` prints it; `python scripts/bench_live.py --program .build/release/faasfarm` runs it alone. Each figure
stands beside its floor, which is measured in the same run or follows from the tasks:

- sleepers: 2,000 tasks of 250 ms on 32 workers, against tasks x time / 32, with one worker a function (exact dispatch)
  and with seven functions of a gateway that chooses among replicas at random;
- wrk: tasks of no work through a gateway of their own process, against what wrk gets from the same gateway and workers
  with as many connections as there are workers, in turns;
- crowd: 200 workers, and 1,000 and 10,000 tasks in the queue: how late replies to steps are, what a small environment's
  steps of the same daemon take meanwhile, and processor time a task;
- from zero: the first result where no worker is, against the worker's start time.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import faasfarm
from children import ROOT, ChildFailed, child, first_line, raise_on_signals

PROGRAM = ROOT / ".build" / "release" / "faasfarm"


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


@contextlib.contextmanager
def daemon(program: Path, *arguments: str | Path) -> Iterator[tuple[str, int]]:
    """`faasfarm serve`: its endpoint and its process id."""
    command = [program, "serve", "--port", "0", "--format", "json", "--until-stdin-closes", *arguments]
    with child(command, grace=5, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(first_line(process, seconds=30))["endpoint"], process.pid


@contextlib.contextmanager
def gateway(program: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """`faasfarm gateway`: its address and its process id."""
    command = [program, "gateway", "--port", "0", "--format", "json", "--log-level", "error", *arguments]
    with child(command, grace=5, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(first_line(process, seconds=30))["gateway"], process.pid


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


def cpu_seconds(pid: int) -> float:
    """Processor seconds that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sleepers(program: Path, tasks: int, workers: int, seconds: float, dispatch: str) -> Played:
    """Tasks that sleep, on one function a worker, or on functions whose gateway chooses a replica at random."""
    # Seven functions of five replicas each are what the Community Edition needs for 32 workers.
    functions = -(-workers // 5)
    choice = (
        ["--pool", "functions"]
        if dispatch == "exact"
        else ["--gateway-profile", "ce", "--functions-per-farm", str(functions)]
    )
    with daemon(program, "--pools", "1", *choice) as (endpoint, _):
        return play(endpoint, bag(tasks, seconds, workers, step=0.5))


def deploy(address: str, program: Path, replicas: int) -> None:
    """Deploys the reference worker as the function `worker`, and waits until it has so many replicas."""

    def ask(path: str, body: dict | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(address + path, data=data), timeout=30) as answer:
            return answer.read()

    ask("/system/functions", {
        "service": "worker", "image": "none", "envProcess": f"{program.resolve()} worker",
        "envVars": {"max_inflight": "1"},
    })  # fmt: skip
    ask("/system/scale-function/worker", {"serviceName": "worker", "replicas": replicas})
    deadline = time.monotonic() + 60
    while json.loads(ask("/system/function/worker")).get("availableReplicas") != replicas:
        if time.monotonic() > deadline:
            raise ChildFailed(f"the gateway had not {replicas} replicas after a minute")
        time.sleep(0.05)


# What the farm sends for a task of no work: body and headers.
LUA = """
wrk.method = "POST"
wrk.body = '{"id":"task-12345","mode":"sleep","ms":0.0}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Task-Id"] = "task-12345"
wrk.headers["X-Attempt"] = "1"
wrk.headers["X-Call-Id"] = "task-12345-e1-a1"
wrk.headers["Accept"] = "*/*"
"""


def wrk(address: str, connections: int, seconds: float, folder: Path) -> float:
    """Requests a second that wrk gets answered with 2xx."""
    script = folder / "post.lua"
    script.write_text(LUA)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
    run = subprocess.run(
        [*command, address + "/function/worker"], capture_output=True, text=True, check=False, timeout=60
    )
    found = re.search(r"Requests/sec:\s*([\d.]+)", run.stdout)
    if run.returncode != 0 or not found or "Non-2xx" in run.stdout:
        raise ChildFailed(f"wrk: {run.stdout.strip()[-300:]} {run.stderr.strip()[-300:]}")
    return float(found[1])


@dataclass
class Turns:
    """Both sides beside each other, a figure a block: calls a second, and processor seconds of all processes a call."""

    wrk: list[float] = field(default_factory=list)
    farm: list[float] = field(default_factory=list)
    wrk_cost: list[float] = field(default_factory=list)
    farm_cost: list[float] = field(default_factory=list)


def beside_wrk(program: Path, workers: int, blocks: int, seconds: float, folder: Path) -> Turns:
    """In turns: wrk, and the farm with as many workers."""
    turns = Turns()
    with gateway(program) as (address, server):
        deploy(address, program, workers)
        behind = [server, *children_of(server)]

        def spent(*others: int) -> float:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            return sum(map(cpu_seconds, [*behind, *others])) + ended.ru_utime + ended.ru_stime

        serve = ["--gateway", address, "--functions", "worker", "--on-release", "keep"]
        with daemon(program, *serve) as (endpoint, pid):
            most = max(1_000, round(wrk(address, workers, 1, folder) * seconds))
            for _ in range(blocks):
                before = spent()
                turns.wrk.append(wrk(address, workers, seconds, folder))
                turns.wrk_cost.append((spent() - before) / (turns.wrk[-1] * seconds))
                before = spent(pid)
                played = play(endpoint, bag(most, 0, workers, step=0.25))
                turns.farm.append(played.throughput)
                turns.farm_cost.append((spent(pid) - before) / max(1, played.totals["done"]))
    return turns


def children_of(pid: int) -> list[int]:
    """The process ids of a process's children."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


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

    with daemon(program, "--pools", "1") as (endpoint, pid):
        neighbour = threading.Thread(target=disturb, args=(endpoint,))
        before = 0.0

        def begin() -> None:
            # The workers have started.
            nonlocal before
            before = cpu_seconds(pid)
            neighbour.start()

        try:
            scenario = bag(tasks, seconds, workers, step, spread=seconds / 2)
            played = play(endpoint, scenario, begun_with=begin)
        finally:
            stop.set()
            if neighbour.ident is not None:
                neighbour.join()
        cost = (cpu_seconds(pid) - before) / max(1, played.totals["done"])
    return Crowd(played, others, cost)


def from_zero(program: Path, times: int, start_up: float) -> list[float]:
    """Seconds from a reset without workers, at which one is asked for, to the result of the one task."""
    results = []
    with daemon(program, "--pools", "1") as (endpoint, _):
        for _ in range(times):
            played = play(endpoint, bag(1, 0, 1, step=0.25, initial=0, start_up=start_up), first=1, most_seconds=60)
            if played.totals["done"] != 1:
                raise ChildFailed(f"the task was not done: {played}")
            results.append(played.seconds)
    return results


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    return sorted(values)[max(0, min(len(values) - 1, -(-int(share * 1000) * len(values) // 1000) - 1))]


def report_sleepers(program: Path) -> None:
    tasks, workers, seconds = 2_000, 32, 0.25
    floor = tasks * seconds / workers
    print(f"live farm: {tasks:,} tasks of {seconds * 1000:.0f} ms on {workers} sleeping workers")
    print(f"  {'tasks x time / workers':<34} {floor:12.2f} s")
    for dispatch in ("exact", "random"):
        played = sleepers(program, tasks, workers, seconds, dispatch)
        # A worker's share of the tasks, each of which took this much longer than its work.
        overhead = (played.seconds - floor) / (tasks / workers) * 1000
        collisions = f", {played.collisions} collisions" if played.collisions else ""
        print(
            f"  {dispatch + ' dispatch':<34} {played.seconds:12.2f} s   ratio {played.seconds / floor:.3f}, "
            f"{overhead:.1f} ms a task beside its work{collisions}; {accounts(played)}"
        )


def accounts(played: Played) -> str:
    """What became of the tasks."""
    totals = played.totals
    done = f"{totals['done']:,} of {totals['emitted']:,} done"
    return f"{done}, {totals['failed']} failed, {played.duplicates} duplicates"


def report_wrk(program: Path, blocks: int, folder: Path) -> None:
    workers, seconds = 8, 3
    if not shutil.which("wrk"):
        print("live farm beside wrk: not measured, there is no wrk (apt-get install wrk)")
        return
    turns = beside_wrk(program, workers, blocks, seconds, folder)
    ratios = sorted(our / their for our, their in zip(turns.farm, turns.wrk, strict=True))
    costs = [their / our for our, their in zip(turns.farm_cost, turns.wrk_cost, strict=True)]
    print(f"tasks of no work, {workers} workers behind one gateway, {blocks} blocks of {seconds} s a side")
    print(
        f"  {f'wrk, {workers} connections':<34} {statistics.median(turns.wrk):12,.0f} a second   "
        f"{statistics.median(turns.wrk_cost) * 1e6:.0f} us of processor time a call, gateway and workers included"
    )
    print(
        f"  {'live farm':<34} {statistics.median(turns.farm):12,.0f} a second   "
        f"{statistics.median(turns.farm_cost) * 1e6:.0f} us; ratio {statistics.median(ratios):.2f} "
        f"(blocks: {ratios[0]:.2f} to {ratios[-1]:.2f}), by processor time {statistics.median(costs):.2f}"
    )


def report_crowd(program: Path) -> None:
    workers, seconds, step = 200, 0.5, 0.5
    print(f"live farm of {workers} workers, tasks of {seconds * 500:.0f} to {seconds * 1500:.0f} ms, steps of {step} s")
    costs = []
    for tasks in (1_000, 10_000):
        measured = crowd(program, tasks, workers, seconds, step)
        played, others = measured.played, measured.others
        costs.append(measured.cost)
        print(
            f"  {f'{tasks:,} tasks queued':<34} {measured.cost * 1e6:12,.0f} us of processor time a task, gateway "
            f"included; replies late by {quantile(played.lateness, 0.5) * 1e3:.1f} ms (median), "
            f"{max(played.lateness) * 1e3:.1f} ms (most of {len(played.lateness)}); another session's steps: "
            f"{quantile(others, 0.5) * 1e3:.2f} ms (median), {quantile(others, 0.99) * 1e3:.1f} ms (99 %); "
            f"{accounts(played)}"
        )
    print(f"  {'cost a task, 10,000 over 1,000':<34} {costs[1] / costs[0]:12.2f}")


def report_from_zero(program: Path) -> None:
    times, start_up = 20, 1.0
    results = from_zero(program, times, start_up)
    print(f"first result from zero workers, whose start takes {start_up:.0f} s, {times} times")
    print(
        f"  {'beyond the start':<34} {(statistics.median(results) - start_up) * 1e3:12.0f} ms (median)   "
        f"{(max(results) - start_up) * 1e3:.0f} ms (most)"
    )


PARTS = ("sleepers", "wrk", "crowd", "zero")


def live(program: Path, blocks: int, folder: Path, parts: Sequence[str] = PARTS) -> None:
    """Measures and prints the parts that are named."""
    if "sleepers" in parts:
        report_sleepers(program)
    if "wrk" in parts:
        report_wrk(program, blocks, folder)
    if "crowd" in parts:
        report_crowd(program)
    if "zero" in parts:
        report_from_zero(program)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--program", type=Path, default=PROGRAM, help="the faasfarm binary (default: the release build)"
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="which of: %(default)s")
    parser.add_argument("--blocks", type=int, default=5, help="turns of each side beside wrk (default: 5)")
    options = parser.parse_args()
    chosen = options.parts.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    raise_on_signals()
    try:
        with tempfile.TemporaryDirectory() as folder:
            live(options.program, options.blocks, Path(folder), chosen)
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError) as error:
        print(f"bench: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
