"""What the program does in a second, against other programs, on this machine, in one run.

Each figure stands beside its floor: both sides take turns in short blocks, so that a disturbance of the machine hits
both, and the ratio is the median over the blocks. There is no pass or fail.

- simulator: one farm on one thread through `faasfarm/Farm-v0` with the `full` observation, against a C program and a
  plain Python one of the same model (bench/README.md), in tasks a processor second;
- vectors: 1, 64 and 1024 farms stepped inside the program, through the daemon from Python over ipc, and in a
  `SyncVectorEnv` of the Python farm, in environment steps a second;
- wire: steps of one environment over ipc, from Swift against a bare libzmq echo in C, from Python against one in pyzmq,
  and 1024 environments from Python;
- live: a live farm's overhead, and its throughput beside wrk's (bench_live.py).
- recording: a vector of 64 farms and a live farm, by a daemon that records and by one that does not.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_live
import faasfarm
import numpy as np
import recording_cost
import zmq
from children import ROOT, ChildFailed, child, first_line, raise_on_signals

PROGRAM = ROOT / ".build" / "release" / "faasfarm"


def echo(pipe: multiprocessing.connection.Connection, length: int, endpoint: str) -> None:
    """Answers each request with `length` bytes until the process is ended."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.bind(endpoint)
    pipe.send(endpoint)
    answer = bytes(length)
    while True:
        address, empty, _ = socket.recv_multipart()
        socket.send_multipart([address, empty, answer])


def connect(endpoint: str) -> zmq.Socket:
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger = 0
    socket.rcvtimeo = 10_000
    socket.connect(endpoint)
    return socket


def rate(socket: zmq.Socket, message: bytes, seconds: float) -> float:
    """Round trips a second."""
    count = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        for _ in range(20):
            socket.send(message)
            socket.recv()
        count += 20
    return count / elapsed


def report(unit: str, floor: tuple[str, list[float]], *others: tuple[str, list[float]]) -> None:
    """The floor's median, and for each of the others its median and its ratio to the floor, block by block."""
    print(f"  {floor[0]:<34} {statistics.median(floor[1]):12,.0f} {unit}")
    for name, figures in others:
        ratios = sorted(ours / theirs for ours, theirs in zip(figures, floor[1], strict=True))
        spread = f"ratio {statistics.median(ratios):.2f} (blocks: {ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"  {name:<34} {statistics.median(figures):12,.0f} {unit}   {spread}")


def last_json(command: list[str | Path]) -> dict:
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=300)
    if run.returncode != 0:
        raise ChildFailed(f"{command[0]} ended with {run.returncode}: {run.stderr.strip()[-500:]}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def simulator(program: Path, blocks: int, directory: Path) -> None:
    commands: dict[str, list[str | Path]] = {}
    for name, flags in {"C, the library's logarithm": [], "C, ziggurats": ["-DZIGGURAT"]}.items():
        floor = directory / f"floor-{len(commands)}"
        compile_floor = ["gcc", "-O3", *flags, "-o", floor, ROOT / "bench" / "farm_floor.c", "-lm"]
        subprocess.run([str(word) for word in compile_floor], check=True, timeout=120)
        commands[name] = [floor, "POLICY", "600", "1", "1"]
    commands["plain Python"] = [sys.executable, ROOT / "bench" / "farm_peer.py", "POLICY", "12", "1", "1"]
    ours = [program, "bench", "--policy", "POLICY", "--episodes", "600", "--repetitions", "1"]
    for policy in ("trace", "hold", "random"):
        figures: dict[str, list[float]] = {name: [] for name in ["faasfarm", *commands]}
        for _ in range(blocks):
            figures["faasfarm"].append(last_json(of_policy(ours, policy))["tasks_per_cpu_second"])
            for name, command in commands.items():
                figures[name].append(last_json(of_policy(command, policy))["tasks_per_cpu_second"]["median"])
        print(f"simulator, one farm, one thread, policy {policy}, {blocks} blocks; tasks a processor second")
        print(f"  {'faasfarm':<34} {statistics.median(figures['faasfarm']):12,.0f}")
        for name in commands:
            ratios = sorted(a / b for a, b in zip(figures["faasfarm"], figures[name], strict=True))
            spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            print(
                f"  {name:<34} {statistics.median(figures[name]):12,.0f}   "
                f"faasfarm over it: {statistics.median(ratios):.2f} (blocks: {spread})"
            )


def of_policy(command: list[str | Path], policy: str) -> list[str | Path]:
    return [policy if word == "POLICY" else word for word in command]


def steps_a_second(vector, count: int, seconds: float) -> float:
    """Environment steps a second of a vector whose policy holds."""
    actions = np.ones(count, dtype=np.int64)
    vector.step(actions)
    steps = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        vector.step(actions)
        steps += count
    return steps / elapsed


def vectors(program: Path, blocks: int, seconds: float, directory: Path) -> None:
    import gymnasium

    sys.path.insert(0, str(ROOT / "bench"))
    from farm_peer import FarmPeer

    serve = [program, "serve", "--endpoint", f"ipc://{directory}/socket", "--format", "json", "--until-stdin-closes"]
    with child(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        endpoint = json.loads(first_line(daemon, seconds=30))["endpoint"]
        for count in (1, 64, 1024):
            remote = faasfarm.VectorEnv(
                "faasfarm/Farm-v0", num_envs=count, endpoint=endpoint, scenario="bench-farm", action="paper",
                backend="simulator", info="none",
            )  # fmt: skip
            remote.reset(seed=1)
            peers = gymnasium.vector.SyncVectorEnv([FarmPeer] * count)
            peers.reset(seed=1)
            inside, outside, python = [], [], []
            episodes = str(max(1, 4096 // count))
            for _ in range(blocks):
                command = [program, "bench", "--policy", "hold", "--num-envs", str(count), "--episodes", episodes]
                inside.append(last_json([*command, "--repetitions", "1"])["env_steps_per_second"])
                outside.append(steps_a_second(remote, count, seconds))
                python.append(steps_a_second(peers, count, min(seconds, 0.5)))
            print(f"vector of {count} farms, policy hold, {blocks} blocks")
            report(
                "steps a second",
                ("stepped inside the program", inside),
                ("from Python over ipc", outside),
                ("SyncVectorEnv of the Python farm", python),
            )
            remote.close()
            peers.close()


def pinned(command: list[str | Path], processor: int) -> list[str]:
    """Both ends on one processor: what is measured is then work, and not how soon another one wakes up."""
    taskset = ["taskset", "-c", str(processor)] if shutil.which("taskset") else []
    return [*taskset, *map(str, command)]


def python_steps(endpoint: str, count: int, seconds: float) -> float:
    """Whole `env.step`s a second (of a vector: environment steps) from a Python client."""
    if count:
        envs = faasfarm.VectorEnv("faasfarm/CartPole-v1", num_envs=count, endpoint=endpoint)
        envs.reset(seed=1)
        rate = steps_a_second(envs, count, seconds)
        envs.close()
        return rate
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=endpoint)
    env.reset(seed=1)
    steps, elapsed = 0, 0.0
    while elapsed < seconds:
        begun = time.perf_counter()
        done = False
        while not done:
            _, _, terminated, truncated, _ = env.step(steps & 1)
            steps += 1
            done = terminated or truncated
        elapsed += time.perf_counter() - begun
        # A reset is no step.
        env.reset()
    env.close()
    return steps / elapsed


def python_echo(endpoint: str, length: int, seconds: float) -> float:
    """Round trips a second between pyzmq and pyzmq, in two processes."""
    ours, theirs = multiprocessing.Pipe()
    floor = multiprocessing.get_context("spawn").Process(target=echo, args=(theirs, length, endpoint), daemon=True)
    floor.start()
    try:
        if not ours.poll(10):
            raise ChildFailed("the echo did not start within 10 s")
        bare = connect(ours.recv())
        message = bytes(64)
        rate(bare, message, 0.1)
        result = rate(bare, message, seconds)
        bare.close()
        return result
    finally:
        floor.terminate()
        floor.join()


# What a reply to a step of CartPole is, and the request for it.
REQUEST_BYTES, REPLY_BYTES = 64, 96


def wire(program: Path, blocks: int, seconds: float, directory: Path) -> None:
    """One environment, and 1024, over ipc, with client and daemon on one processor."""
    # Linux only; elsewhere the system places both ends as it likes.
    processor = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    floor = directory / "echo_floor"
    compile_floor = ["gcc", "-O2", "-o", floor, ROOT / "bench" / "echo_floor.c", "-lzmq"]
    subprocess.run([str(word) for word in compile_floor], check=True, timeout=120)
    serve = [program, "serve", "--endpoint", f"ipc://{directory}/wire", "--format", "json", "--until-stdin-closes"]
    with child(pinned(serve, processor), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        endpoint = json.loads(first_line(daemon, seconds=30))["endpoint"]
        bare, swift, pyzmq, python, many = [], [], [], [], []
        for block in range(blocks):
            command = [floor, f"ipc://{directory}/echo-{block}", REQUEST_BYTES, REPLY_BYTES, seconds]
            bare.append(last_json(pinned(command, processor))["round_trips_per_second"])
            ours = [program, "bench", "--endpoint", endpoint, "--seconds", seconds]
            swift.append(last_json(pinned(ours, processor))["round_trips_per_second"])
            # A process of its own, since the threads that this one has stay where they are.
            part = [sys.executable, Path(__file__).resolve(), "--seconds", seconds, "--part"]
            pyzmq.append(last_json(pinned([*part, "echo", f"ipc://{directory}/pyzmq-{block}"], processor)))
            python.append(last_json(pinned([*part, "one", endpoint], processor)))
            many.append(last_json(pinned([*part, "many", endpoint], processor)))
    print(f"one CartPole over ipc, both ends on one processor, {blocks} blocks of {seconds} s a side")
    report("a second", ("bare libzmq echo", bare), ("step, Swift client", swift))
    report("a second", ("bare pyzmq echo", pyzmq), ("env.step, Python client", python))
    print("1024 CartPoles over ipc from Python, both ends on one processor")
    print(f"  {'environment steps a second':<34} {statistics.median(many):12,.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--program", type=Path, default=PROGRAM, help="the faasfarm binary (default: the release build)"
    )
    parser.add_argument("--blocks", type=int, default=9, help="turns of each side (default: 9)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (default: 0.5)")
    parts = ["simulator", "vectors", "wire", "live", "recording"]
    parser.add_argument("--parts", default=",".join(parts), help="which of: %(default)s")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = options.parts.split(",")
    if unknown := set(chosen) - set(parts):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are: {', '.join(parts)}")
    raise_on_signals()
    if options.part:
        name, endpoint = options.part
        if name == "echo":
            print(python_echo(endpoint, REPLY_BYTES, options.seconds))
        else:
            print(python_steps(endpoint, 1024 if name == "many" else 0, options.seconds))
        return 0
    try:
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            if "simulator" in chosen:
                simulator(options.program, options.blocks, folder)
            if "vectors" in chosen:
                vectors(options.program, options.blocks, options.seconds, folder)
            if "wire" in chosen:
                wire(options.program, options.blocks, options.seconds, folder)
            if "live" in chosen:
                bench_live.live(options.program, options.blocks, folder)
            if "recording" in chosen:
                # Shorter turns and more of them: the difference is small.
                recording_cost.recording(options.program, 4 * options.blocks, options.seconds / 2, folder)
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError, zmq.ZMQError) as error:
        print(f"bench: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
