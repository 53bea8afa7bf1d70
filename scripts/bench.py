"""What the program does in a second, against other programs, on this machine, in one run.

Each figure stands beside its floor: both sides take turns in short blocks, so that a disturbance of the machine hits
both, and the ratio is the median over the blocks. There is no pass or fail.

- simulator: one farm on one thread through `faasfarm/Farm-v0` with the `full` observation, against a C program and a
  plain Python one of the same model (bench/README.md), in tasks a processor second;
- vectors: 1, 64 and 1024 farms stepped inside the program, through the daemon from Python over ipc, and in a
  `SyncVectorEnv` of the Python farm, in environment steps a second;
- round trips: the daemon's answer to `ping` against a bare pyzmq echo of the same length.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faasfarm
import numpy as np
import zmq
from children import ROOT, ChildFailed, child, first_line, raise_on_signals

PROGRAM = ROOT / ".build" / "release" / "faasfarm"
# Request with an empty `ping`: field 27, length 0.
PING = b"\xda\x01\x00"


def echo(pipe: multiprocessing.connection.Connection, length: int) -> None:
    """Answers each request with `length` bytes until the process is ended."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    pipe.send(f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}")
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


def rate(socket: zmq.Socket, seconds: float) -> float:
    """Round trips a second."""
    count = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        for _ in range(20):
            socket.send(PING)
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


def round_trips(program: Path, blocks: int, seconds: float) -> None:
    serve = [program, "serve", "--port", "0", "--format", "json", "--until-stdin-closes"]
    with child(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        server = connect(json.loads(first_line(daemon, seconds=30))["endpoint"])
        server.send(PING)
        length = len(server.recv())

        ours, theirs = multiprocessing.Pipe()
        floor = multiprocessing.get_context("spawn").Process(target=echo, args=(theirs, length), daemon=True)
        floor.start()
        try:
            if not ours.poll(10):
                raise ChildFailed("the echo did not start within 10 s")
            bare = connect(ours.recv())
            rate(bare, 0.2), rate(server, 0.2)
            pairs = [(rate(bare, seconds), rate(server, seconds)) for _ in range(blocks)]
        finally:
            floor.terminate()
            floor.join()
            zmq.Context.instance().destroy(linger=0)

    print(
        f"round trips from Python over loopback TCP, replies of {length} bytes, {blocks} blocks of {seconds} s a side"
    )
    report("a second", ("bare pyzmq echo", [pair[0] for pair in pairs]), ("faasfarm ping", [pair[1] for pair in pairs]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--program", type=Path, default=PROGRAM, help="the faasfarm binary (default: the release build)"
    )
    parser.add_argument("--blocks", type=int, default=5, help="turns of each side (default: 5)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (default: 0.5)")
    options = parser.parse_args()
    raise_on_signals()
    try:
        with tempfile.TemporaryDirectory() as directory:
            simulator(options.program, options.blocks, Path(directory))
            vectors(options.program, options.blocks, options.seconds, Path(directory))
        round_trips(options.program, options.blocks, options.seconds)
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError, zmq.ZMQError) as error:
        print(f"bench: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
