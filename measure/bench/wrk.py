"""Tasks of no work through a gateway, against what wrk gets from the same gateway and workers, in turns."""

import json
import re
import resource
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measure.bench.bags import bag, play
from measure.parts import Part, Setting
from measure.processes import ProgramFailed, children_of, cpu_seconds, gateway, output, serving
from measure.rows import Row
from measure.turns import in_turns

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
            raise ProgramFailed(f"the gateway had not {replicas} replicas after a minute")
        time.sleep(0.05)


def wrk(address: str, connections: int, seconds: float, folder: Path) -> float:
    """Requests a second that wrk gets answered with 2xx."""
    script = folder / "post.lua"
    script.write_text(LUA)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script]
    said = output([*command, address + "/function/worker"], 60)
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if not found or "Non-2xx" in said:
        raise ProgramFailed(f"wrk: {said.strip()[-300:]}")
    return float(found[1])


def beside_wrk(
    program: Path, workers: int, blocks: int, seconds: float, folder: Path
) -> list[list[tuple[float, float]]]:
    """wrk, and the farm with as many workers, in turns: calls a second, and processor seconds (of all) a call."""
    with gateway(program) as server:
        deploy(server.address, program, workers)
        behind = [server.pid, *children_of(server.pid)]
        farm = ["--gateway", server.address, "--functions", "worker", "--on-release", "keep"]
        with serving(program, *farm) as daemon:

            def spent() -> float:
                ended = resource.getrusage(resource.RUSAGE_CHILDREN)
                return sum(cpu_seconds(pid) or 0 for pid in [*behind, daemon.pid]) + ended.ru_utime + ended.ru_stime

            most = max(1_000, round(wrk(server.address, workers, 1, folder) * seconds))

            def theirs() -> tuple[float, float]:
                before = spent()
                rate = wrk(server.address, workers, seconds, folder)
                return rate, (spent() - before) / (rate * seconds)

            def ours() -> tuple[float, float]:
                before = spent()
                played = play(daemon.address, bag(most, 0, workers, step=0.25))
                return played.throughput, (spent() - before) / max(1, played.totals["done"])

            return in_turns([theirs, ours], blocks)


def rows(setting: Setting, workers: int = 8, seconds: float = 3) -> Iterator[Row]:
    theirs, ours = beside_wrk(setting.program, workers, setting.blocks, seconds, setting.folder)
    ratios = sorted(our[0] / their[0] for our, their in zip(ours, theirs, strict=True))
    costs = [their[1] / our[1] for our, their in zip(ours, theirs, strict=True)]
    for what, side, more in (
        (f"wrk, {workers} connections", theirs, " of processor time a call, gateway and workers included"),
        (
            f"live farm, {workers} workers", ours,
            f"; ratio {median(ratios):.2f} (blocks: {ratios[0]:.2f} to {ratios[-1]:.2f}), "
            f"by processor time {median(costs):.2f}",
        ),
    ):  # fmt: skip
        rate, cost = median(rate for rate, _ in side), median(cost for _, cost in side)
        yield Row(
            what, f"{rate:12,.0f} a second; {cost * 1e6:.0f} µs{more}",
            values={"rates": [rate for rate, _ in side], "seconds_a_call": [cost for _, cost in side]},
        )  # fmt: skip


PART = Part("wrk", "tasks of no work, beside wrk on the same gateway and workers", rows, needs="wrk")
