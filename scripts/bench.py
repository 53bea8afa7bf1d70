"""Round trips through the daemon against a bare echo, both from Python, on this machine, in one run.

The floor is a pyzmq REQ socket that talks to a pyzmq ROUTER socket in another process, which sends back a message as
long as the daemon's reply and does nothing else. Against it stands the same REQ socket with the daemon's answer to
`ping`. Both sides take turns in short blocks, so that a disturbance of the machine hits both; the ratio is the median
over the blocks. There is no pass or fail.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import statistics
import subprocess
import sys
import time
from pathlib import Path

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


def measure(program: Path, blocks: int, seconds: float) -> None:
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

    ratios = sorted(served / echoed for echoed, served in pairs)
    print(
        f"round trips from Python over loopback TCP, {blocks} blocks of {seconds} s a side, replies of {length} bytes"
    )
    print(f"  bare pyzmq echo    {statistics.median(pair[0] for pair in pairs):9.0f} a second")
    print(f"  faasfarm ping      {statistics.median(pair[1] for pair in pairs):9.0f} a second")
    print(f"  ratio              {statistics.median(ratios):9.2f} (blocks: {ratios[0]:.2f} to {ratios[-1]:.2f})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--program", type=Path, default=PROGRAM, help="the faasfarm binary (default: the release build)"
    )
    parser.add_argument("--blocks", type=int, default=10, help="turns of each side (default: 10)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (default: 0.5)")
    options = parser.parse_args()
    raise_on_signals()
    try:
        measure(options.program, options.blocks, options.seconds)
    except KeyboardInterrupt:
        return 130
    except (ChildFailed, OSError, ValueError, zmq.ZMQError) as error:
        print(f"bench: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
