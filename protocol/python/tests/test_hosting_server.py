"""`faasfarm.host` as a server: sessions, limits, keys, its end, and frames that are none."""

import json
import threading
import time
from pathlib import Path

import faasfarm
import gymnasium
import numpy as np
import pytest
import zmq
from counting import Counting
from daemon import PROMPT
from faasfarm.errors import FaaSFarmError
from faasfarm.hosting.port import is_json
from gymnasium import spaces
from hosted_envs import LOOPBACK, Faulty


def test_one_environment_is_lent_to_one_session_at_a_time() -> None:
    own = Counting(length=3)
    with faasfarm.host(own, LOOPBACK, "Lent-v0") as server:
        first = faasfarm.Env("Lent-v0", endpoint=server.endpoint)
        first.reset(seed=3)
        assert own.np_random_seed == 3
        with pytest.raises(FaaSFarmError) as caught:
            faasfarm.Env("Lent-v0", endpoint=server.endpoint)
        assert (caught.value.code, caught.value.reason) == ("RESOURCE_EXHAUSTED", "CAPACITY")
        assert caught.value.retryable
        with pytest.raises(FaaSFarmError, match="no vectors"):
            faasfarm.VectorEnv("Lent-v0", 2, endpoint=server.endpoint)
        first.close()
        second = faasfarm.Env("Lent-v0", endpoint=server.endpoint)
        second.close()


def test_sessions_step_side_by_side() -> None:
    """Two sessions are in `step` at once: each waits there for the other."""
    meeting = threading.Barrier(2)

    class Meeting(Faulty):
        def step(self, action):
            meeting.wait(timeout=10)
            return super().step(action)

    with faasfarm.host(Meeting, LOOPBACK, "Meeting-v0") as server:
        envs = [faasfarm.Env("Meeting-v0", endpoint=server.endpoint) for _ in range(2)]
        for env in envs:
            env.reset(seed=1)
        threads = [threading.Thread(target=env.step, args=(0,)) for env in envs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert not meeting.broken and meeting.n_waiting == 0
        for env in envs:
            env.close()


def test_a_server_that_stops_tells_who_waits() -> None:
    inside, leave = threading.Event(), threading.Event()

    class Slow(Faulty):
        def step(self, action):
            inside.set()
            leave.wait(timeout=20)
            return super().step(action)

    server = faasfarm.host(Slow, LOOPBACK, "Slow-v0").start()
    env = faasfarm.Env("Slow-v0", endpoint=server.endpoint)
    env.reset(seed=1)
    caught: list[BaseException] = []

    def step() -> None:
        try:
            env.step(0)
        except FaaSFarmError as error:
            caught.append(error)

    thread = threading.Thread(target=step)
    thread.start()
    assert inside.wait(timeout=10)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < PROMPT, "an environment that does not return holds up the end"
    thread.join(timeout=10)
    leave.set()
    assert [error.reason for error in caught] == ["SERVER_STOPPING"]
    server.stop()
    env.close()


def test_the_most_sessions_and_environments() -> None:
    with faasfarm.host(Counting, LOOPBACK, "C-v0", max_sessions=1, max_num_envs=2) as server:
        with pytest.raises(FaaSFarmError, match="1 to 2, got 3"):
            faasfarm.VectorEnv("C-v0", 3, endpoint=server.endpoint)
        env = faasfarm.Env("C-v0", endpoint=server.endpoint)
        with pytest.raises(FaaSFarmError, match="has its 1 sessions") as caught:
            faasfarm.Env("C-v0", endpoint=server.endpoint)
        assert caught.value.retry_after > 0
        env.close()
        faasfarm.Env("C-v0", endpoint=server.endpoint).close()


def test_only_allowed_keys_are_served(tmp_path) -> None:
    (server_public, server_secret), (public, secret) = (zmq.curve_keypair() for _ in range(2))
    (tmp_path / "server.key").write_bytes(server_secret + b"\n")
    (tmp_path / "clients").write_text(f"# ours\n{public.decode()} a remark\n")
    keys = {"server_key": tmp_path / "server.key", "allow_clients": tmp_path / "clients"}
    with faasfarm.host(Counting, LOOPBACK, "C-v0", **keys) as server:
        known = {"endpoint": server.endpoint, "server_key": server_public.decode()}
        env = faasfarm.Env("C-v0", client_key=secret.decode(), **known)
        env.reset(seed=1)
        env.close()
        with pytest.raises(FaaSFarmError, match="allow this client's key"):
            faasfarm.Env("C-v0", timeout=2, **known)


@pytest.mark.parametrize(
    ("endpoint", "more", "text"),
    [
        ("tcp://0.0.0.0:0", {}, "keys"),
        ("tcp://127.0.0.1.example.org:1", {}, "keys"),
        ("http://127.0.0.1:1", {}, "tcp://HOST:PORT"),
        (LOOPBACK, {"allow_clients": "any"}, "server_key"),
        (LOOPBACK, {"server_key": "x" * 40}, "allow_clients"),
        (LOOPBACK, {"idle_timeout": 0}, "idle_timeout"),
    ],
)
def test_what_is_not_served(endpoint: str, more: dict, text: str) -> None:
    with pytest.raises(FaaSFarmError, match=text):
        faasfarm.host(Counting, endpoint, **more)


def test_what_cannot_be_served_is_said_at_the_start() -> None:
    class Graph(Faulty):
        observation_space = spaces.Sequence(spaces.Discrete(2))

    for given, text in [(Graph, "no space like"), ("No-v0", "No-v0"), (7, "int"), (dict, "made a dict"), ({}, "one")]:
        with pytest.raises(FaaSFarmError, match=text):
            faasfarm.host(given, LOOPBACK)


def test_a_taken_port_is_said() -> None:
    with faasfarm.host(Counting, LOOPBACK) as server, pytest.raises(FaaSFarmError, match="cannot listen.*port"):
        faasfarm.host(Counting, server.endpoint).start()


def test_a_server_can_be_started_again() -> None:
    server = faasfarm.host(Counting, LOOPBACK)
    for _ in range(3):
        with server:
            faasfarm.Env("python/Counting-v0", endpoint=server.endpoint).close()
        with pytest.raises(FaaSFarmError, match="not started"):
            _ = server.endpoint


def test_many_sessions_leave_no_threads() -> None:
    with faasfarm.host(Counting, LOOPBACK, "C-v0") as server:
        before = threading.active_count()
        for _ in range(30):
            env = faasfarm.Env("C-v0", endpoint=server.endpoint)
            env.reset(seed=1)
            env.close()
        deadline = time.monotonic() + 5
        while threading.active_count() > before:
            assert time.monotonic() < deadline, "threads are left behind"
            time.sleep(0.01)


def test_a_vector_that_cannot_be_made_leaves_nothing_behind() -> None:
    """The third of them has another space."""
    made: list[gymnasium.Env] = []

    class Growing(Counting):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)
            self.is_closed = False
            if len(made) == 4:
                self.action_space = spaces.Discrete(9)

        def close(self) -> None:
            self.is_closed = True

    with faasfarm.host(Growing, LOOPBACK, "G-v0") as server:
        with pytest.raises(FaaSFarmError, match="cannot be made") as caught:
            faasfarm.VectorEnv("G-v0", 3, endpoint=server.endpoint)
        assert caught.value.reason == "BAD_ARGUMENT"
        assert len(made) == 4 and all(env.is_closed for env in made)


def mutated(frame: bytes, generator: np.random.Generator) -> bytes:
    """A frame with bytes changed, cut, doubled or put in between."""
    data = bytearray(frame)
    for _ in range(generator.integers(1, 6)):
        place = int(generator.integers(len(data) + 1))
        match generator.integers(4):
            case 0:
                data[place : place + 1] = generator.bytes(1)
            case 1:
                del data[place : place + int(generator.integers(1, 9))]
            case 2:
                data[place:place] = data[place : place + int(generator.integers(1, 9))]
            case _:
                data[place:place] = generator.bytes(int(generator.integers(1, 9)))
    return bytes(data)


def test_mutated_frames_are_answered_and_disturb_nobody(caplog) -> None:
    with faasfarm.host(Counting, LOOPBACK, "Counting-v0") as server:
        send_mutated_frames(server.endpoint)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def send_mutated_frames(endpoint: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "v1" / "conformance"
    requests = json.loads((folder / "requests.json").read_text())
    env = faasfarm.Env("Counting-v0", endpoint=endpoint, length=5)
    env.reset(seed=1)
    session = env.session.id.encode()
    frames = [bytes.fromhex(one["binary"]) for one in requests] + [json.dumps(one["json"]).encode() for one in requests]
    # Into a session of its own as well.
    other = faasfarm.Env("Counting-v0", endpoint=endpoint)
    frames += [frame.replace(b"0123456789abcdef0123456789abcdef", other.session.id.encode()) for frame in frames]
    generator = np.random.default_rng(20)
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(endpoint)
    for count in range(3000):
        frame = mutated(frames[generator.integers(len(frames))], generator)
        assert session not in frame
        socket.send_multipart([b"", frame])
        assert socket.poll(10_000), f"no answer to frame {count}: {frame!r}"
        reply = socket.recv_multipart()[-1]
        assert (reply[:1] == b"{") == is_json(frame)
    socket.close()
    for step in range(5):
        assert env.step(0)[1] == step + 1
    env.close()
    other.close()
