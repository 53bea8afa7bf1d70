"""Clients that are measured in a process of their own, which can be kept on one processor from its beginning."""

import multiprocessing
import multiprocessing.connection
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress

import faasfarm
import numpy as np
import zmq

from measure.processes import ROOT, ProgramFailed, calling, child, first_line, raise_on_signals

# What a request for a step of CartPole is, and the reply to it.
REQUEST_BYTES, REPLY_BYTES = 64, 96


def steps_a_second(vector, count: int, seconds: float) -> float:
    """Environment steps a second of a vector, with the action 1 for all."""
    actions = np.ones(count, dtype=np.int64)
    vector.step(actions)
    steps = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        vector.step(actions)
        steps += count
    return steps / elapsed


@contextmanager
def many(endpoint: str):
    """1024 CartPoles from a Python client."""
    envs = faasfarm.VectorEnv("faasfarm/CartPole-v1", num_envs=1024, endpoint=endpoint)
    envs.reset(seed=1)
    yield lambda seconds: steps_a_second(envs, 1024, seconds)
    envs.close()


def episode_steps(env, seconds: float) -> float:
    """Whole `env.step`s a second, without the resets between them."""
    steps, elapsed = 0, 0.0
    while elapsed < seconds:
        env.reset()
        done = False
        begun = time.perf_counter()
        while not done:
            _, _, terminated, truncated, _ = env.step(steps & 1)
            steps += 1
            done = terminated or truncated
        elapsed += time.perf_counter() - begun
    return steps / elapsed


@contextmanager
def one(endpoint: str):
    """One CartPole from a Python client."""
    env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=endpoint)
    env.reset(seed=1)
    yield lambda seconds: episode_steps(env, seconds)
    env.close()


def answer(pipe: multiprocessing.connection.Connection, endpoint: str) -> None:
    """Answers each request with `REPLY_BYTES` bytes until the process is ended."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.bind(endpoint)
    pipe.send(endpoint)
    reply = bytes(REPLY_BYTES)
    while True:
        address, empty, _ = socket.recv_multipart()
        socket.send_multipart([address, empty, reply])


def round_trips(socket: zmq.Socket, seconds: float) -> float:
    """Round trips a second."""
    message = bytes(REQUEST_BYTES)
    count = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        for _ in range(20):
            socket.send(message)
            socket.recv()
        count += 20
    return count / elapsed


@contextmanager
def echo(endpoint: str):
    """Bare pyzmq on both sides, in two processes."""
    ours, theirs = multiprocessing.Pipe()
    floor = multiprocessing.get_context("spawn").Process(target=answer, args=(theirs, endpoint), daemon=True)
    floor.start()
    try:
        if not ours.poll(10):
            raise ProgramFailed("the echo did not start within 10 s")
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.linger, socket.rcvtimeo = 0, 10_000
        socket.connect(ours.recv())
        round_trips(socket, 0.1)
        yield lambda seconds: round_trips(socket, seconds)
        socket.close()
    finally:
        floor.terminate()
        floor.join()


KINDS = {"echo": echo, "one": one, "many": many}


def client(stack: ExitStack, kind: str, endpoint: str, seconds: float, before: list[str]) -> Callable[[], float]:
    """Measures in another process, which starts with the first figure that is asked for and ends with the stack."""
    started: list[subprocess.Popen] = []

    def measure() -> float:
        if not started:
            command = [*before, *calling(serve, kind, endpoint)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            started.append(stack.enter_context(child(command, cwd=ROOT, **pipes)))
        started[0].stdin.write(f"{seconds}\n")
        started[0].stdin.flush()
        return float(first_line(started[0], 60 + 2 * seconds))

    return measure


def serve(kind: str, endpoint: str) -> None:
    """Measures once for each line of standard input, so many seconds as the line says, and prints the figure."""
    raise_on_signals()
    with suppress(KeyboardInterrupt), KINDS[kind](endpoint) as measure:
        for line in sys.stdin:
            print(measure(float(line)), flush=True)
