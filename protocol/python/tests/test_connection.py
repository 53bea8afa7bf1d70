"""The connection against a daemon that is slow, deaf or not there."""

import subprocess
import sys
import threading
import time

import pytest
import zmq
from faasfarm.connection import Connection
from faasfarm.errors import ServerTimeout
from faasfarm.v1 import faasfarm_pb2 as pb


class SlowDaemon:
    """Answers each request after `delay` seconds, and keeps what it was sent."""

    def __init__(self, delays: list[float]) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.delays = delays
        self.requests: list[bytes] = []
        self.stopping = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while not self.stopping:
            if not self.socket.poll(50):
                continue
            *envelope, payload = self.socket.recv_multipart()
            self.requests.append(payload)
            request = pb.Request.FromString(payload)
            if self.delays:
                time.sleep(self.delays.pop(0))
            reply = pb.Reply(request_id=request.request_id, step=pb.Step.Reply(reward=request.request_id))
            self.socket.send_multipart([*envelope, reply.SerializeToString()])
        self.socket.close()
        self.context.term()

    def __enter__(self) -> "SlowDaemon":
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        self.thread.join()


def step(number: int) -> pb.Request:
    return pb.Request(request_id=number, session_id="s", step=pb.Step.Request(action=pb.Value(integer=0)))


def test_report61_the_call_after_a_timeout_works_and_gets_its_own_reply() -> None:
    """vnpy/vnpy#3792: a REQ socket that timed out refuses every later send."""
    with SlowDaemon([1.0]) as daemon:
        connection = Connection(daemon.endpoint)
        with pytest.raises(ServerTimeout):
            connection.request(step(1), deadline=0.3)
        assert connection.request(step(2), deadline=5).step.reward == 2
        connection.disconnect()


def test_a_lost_reply_is_asked_for_with_the_same_bytes() -> None:
    with SlowDaemon([0.6]) as daemon:
        connection = Connection(daemon.endpoint)
        assert connection.request(step(1), deadline=5, attempt=0.3).step.reward == 1
        connection.disconnect()
    assert len(daemon.requests) >= 2
    assert len(set(daemon.requests)) == 1


def test_report67_an_unsent_message_does_not_keep_the_interpreter() -> None:
    """zeromq/pyzmq#102: exit in under a second after a call to a dead port."""
    code = """
import time
from faasfarm.connection import Connection
from faasfarm.errors import ServerTimeout
from faasfarm.v1 import faasfarm_pb2 as pb
try:
    Connection("tcp://127.0.0.1:9").request(pb.Request(ping=pb.Ping.Request()), deadline=0.2)
except ServerTimeout:
    print(time.time(), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert time.time() - float(done.stdout) < 1
