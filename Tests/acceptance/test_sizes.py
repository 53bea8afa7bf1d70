"""Many sessions at once, many resets, many sessions one after the other: nobody is disturbed, and nothing is left over.

Small here; FAASFARM_SIZE=full gives the full size. Figures are printed, and judged by whoever measures: no test fails
because a machine is slow.
"""

import statistics
import threading
import time

import faasfarm
import numpy as np
import pytest
import zmq
from daemon import Daemon, wait_until
from faasfarm.v1 import faasfarm_pb2 as pb
from sizes import size
from test_many_episodes import Holdings

CARTPOLE = "faasfarm/CartPole-v1"
SIMULATED = {"scenario": "shuffled", "backend": "simulator"}


@pytest.fixture
def daemon():
    with Daemon() as running:
        yield running


class Idle:
    """Sessions with a connection each, that have begun an episode and say nothing."""

    def __init__(self, endpoint: str, count: int) -> None:
        self.context = zmq.Context()
        self.context.max_sockets = 2 * count + 100
        self.sockets = []
        self.sessions = []
        for _ in range(count):
            socket = self.context.socket(zmq.REQ)
            socket.linger = 0
            socket.connect(endpoint)
            self.sockets.append(socket)
            made = self.ask(socket, pb.Request(make=pb.Make.Request(id=CARTPOLE))).make
            self.sessions.append(made.session_id)
            reset = pb.Reset.Request(seeds=[pb.Seed(words=[len(self.sessions)])])
            self.ask(socket, pb.Request(session_id=made.session_id, request_id=1, reset=reset))

    def ask(self, socket: zmq.Socket, request: pb.Request) -> pb.Reply:
        socket.send(request.SerializeToString())
        assert socket.poll(60_000), "no reply in a minute"
        reply = pb.Reply.FromString(socket.recv())
        assert reply.WhichOneof("kind") == request.WhichOneof("kind"), reply
        return reply

    def wake(self) -> None:
        """Each is as it was: it steps, and has taken one step when it is closed."""
        step = pb.Step.Request(action=pb.Value(integer=1))
        for socket, session in zip(self.sockets, self.sessions, strict=True):
            self.ask(socket, pb.Request(session_id=session, request_id=2, step=step))
            closed = self.ask(socket, pb.Request(session_id=session, request_id=3, close=pb.Close.Request()))
            assert (closed.close.steps, closed.close.episodes) == (1, 1)
        for socket in self.sockets:
            socket.close()
        self.context.term()


def stepped(endpoint: str, sessions: int, steps: int) -> list[float]:
    """Seconds of each step of so many sessions that step at once, over a few threads, as agents do.

    What they observe is what a session on its own does.
    """
    seconds: list[float] = []
    failures: list[BaseException] = []

    def play(first: int, last: int) -> None:
        try:
            envs = [faasfarm.Env(CARTPOLE, endpoint=endpoint, timeout=60) for _ in range(first, last)]
            for index, env in enumerate(envs):
                env.reset(seed=first + index)
            seen = [[] for _ in envs]
            is_over = [False for _ in envs]
            for step in range(steps):
                for index, env in enumerate(envs):
                    if is_over[index]:
                        env.reset(seed=step)
                    begun = time.perf_counter()
                    observation, _, terminated, truncated, _ = env.step(step % 2)
                    seconds.append(time.perf_counter() - begun)
                    seen[index].append(observation)
                    is_over[index] = terminated or truncated
            # One that did the same alone.
            twin = faasfarm.Env(CARTPOLE, endpoint=endpoint, timeout=60)
            twin.reset(seed=first)
            ended = False
            for step in range(steps):
                if ended:
                    twin.reset(seed=step)
                observation, _, terminated, truncated, _ = twin.step(step % 2)
                ended = terminated or truncated
                np.testing.assert_array_equal(observation, seen[0][step])
            for env in [*envs, twin]:
                env.close()
        except BaseException as error:
            failures.append(error)
            raise

    groups = 4
    edges = [sessions * group // groups for group in range(groups + 1)]
    threads = [threading.Thread(target=play, args=edge) for edge in zip(edges, edges[1:], strict=False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return seconds


def test_many_idle_and_many_stepping_sessions_at_once(daemon) -> None:
    idle_count, stepping, steps = size(100, 1_000), size(12, 100), size(20, 100)
    pid = daemon.process.pid
    before = statistics.median(stepped(daemon.endpoint, stepping, steps))
    empty = Holdings.of(pid)
    idle = Idle(daemon.endpoint, idle_count)
    with_idle = statistics.median(stepped(daemon.endpoint, stepping, steps))
    full = Holdings.of(pid)
    # A connection is a descriptor, and a session no thread.
    assert full.threads <= empty.threads + 8
    per_session = (full.kilobytes - empty.kilobytes) / idle_count
    idle.wake()
    wait_until(lambda: Holdings.of(pid).sockets <= empty.sockets + 10, what="the connections' end")
    print(
        f"{stepping} sessions step: median {before * 1e6:.0f} us alone, {with_idle * 1e6:.0f} us beside "
        f"{idle_count} idle ones, which take {per_session:.1f} kB each"
    )


@pytest.mark.parametrize("id_, arguments", [(CARTPOLE, {}), ("faasfarm/Farm-v0", SIMULATED)])
def test_report78_many_resets_leave_nothing_behind(daemon, id_, arguments) -> None:
    resets = size(500, 10_000)
    env = faasfarm.Env(id_, endpoint=daemon.endpoint, timeout=60, **arguments)

    def play(count: int) -> None:
        for number in range(count):
            env.reset(seed=number)
            env.step(1)

    # As many as fill pools and caches.
    play(200)
    before = Holdings.of(daemon.process.pid)
    play(resets)
    after = Holdings.of(daemon.process.pid)
    env.close()
    assert_flat(before, after, f"{resets} resets")


@pytest.mark.parametrize("num_envs", [0, 64])
def test_many_sessions_one_after_the_other_leave_nothing_behind(daemon, num_envs) -> None:
    cycles = size(60, 1_000)

    def play(count: int) -> None:
        for number in range(count):
            if num_envs:
                env = faasfarm.VectorEnv(num_envs=num_envs, endpoint=daemon.endpoint, timeout=60, **SIMULATED)
            else:
                env = faasfarm.Env(endpoint=daemon.endpoint, timeout=60, **SIMULATED)
            env.reset(seed=number)
            env.step(env.action_space.sample())
            env.close()

    play(40)
    before = Holdings.of(daemon.process.pid)
    play(cycles)
    wait_until(lambda: Holdings.of(daemon.process.pid).sockets <= before.sockets + 10, what="the connections' end")
    assert_flat(before, Holdings.of(daemon.process.pid), f"{cycles} sessions")


def assert_flat(before: Holdings, after: Holdings, what: str) -> None:
    print(f"{what}: from {before} to {after}")
    assert after.sockets <= before.sockets + 10
    assert after.other_files <= before.other_files
    assert after.threads <= before.threads + 2
    assert after.children == before.children
    grown = after.kilobytes - before.kilobytes
    assert grown < 8_192, f"the daemon has grown by {grown} kB in {what}"
