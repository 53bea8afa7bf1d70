"""The connection against a daemon that is slow, deaf or not there."""

import signal
import subprocess
import sys
import time

import pytest
import zmq
from daemon import PROMPT
from faasfarm.connection import Connection
from faasfarm.errors import FaaSFarmError, ServerTimeout
from faasfarm.v1 import faasfarm_pb2 as pb
from stub import StubDaemon

PING = pb.Request(ping=pb.Ping.Request())


def python(code: str, **arguments: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **arguments)


def test_a_lost_reply_is_asked_for_with_the_same_bytes_from_a_new_socket() -> None:
    with StubDaemon() as daemon:
        daemon.lose = lambda request: len(daemon.frames) < 3
        connection = Connection(daemon.endpoint)
        assert connection.request(PING, deadline=10, attempt=0.2).HasField("ping")
        connection.disconnect()
        assert len(daemon.frames) == 3
        assert len(set(daemon.frames)) == 1


def test_a_timeout_says_what_where_and_how_long() -> None:
    with StubDaemon() as daemon:
        daemon.drop = lambda request: True
        begun = time.monotonic()
        with pytest.raises(
            ServerTimeout, match=r"no reply to ping from tcp://.* in \d+\.\d s.*faasfarm serve"
        ) as caught:
            Connection(daemon.endpoint).request(PING, deadline=0.5)
        assert time.monotonic() - begun > 0.4
    assert isinstance(caught.value, TimeoutError) and isinstance(caught.value, FaaSFarmError)
    assert caught.value.operation == "ping" and caught.value.endpoint == daemon.endpoint


@pytest.mark.parametrize("endpoint", ["127.0.0.1", "tcp://", "http://127.0.0.1:5555", 5555])
def test_an_endpoint_that_is_none_is_a_typed_error(endpoint: object) -> None:
    with pytest.raises(FaaSFarmError, match="tcp://HOST:PORT"):
        Connection(endpoint).request(PING, deadline=1)


def test_an_answer_that_is_no_reply_is_a_typed_error_and_leaves_the_connection_usable() -> None:
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.linger = 0
    connection = Connection(f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}")
    for answer in (b"\xff\xff\xff", b"hello"):
        # The request is in the socket before anybody waits for the reply.
        connection._connected().send(b"first", zmq.DONTWAIT)
        envelope = socket.recv_multipart()[:-1]
        socket.send_multipart([*envelope, answer])
        connection._connected().poll(5000)
        connection._connected().recv()
        connection.disconnect()
    connection._receive = lambda socket, seconds: b"\xff\xff\xff"  # type: ignore[method-assign]
    with pytest.raises(FaaSFarmError, match="no faasfarm daemon"):
        connection.request(PING, deadline=1)
    assert connection._socket is None
    socket.close()


EXIT = """
import sys, time
from faasfarm.connection import Connection
from faasfarm.v1 import faasfarm_pb2 as pb
connection = Connection("tcp://127.0.0.1:9")
connection._try(b"unsent", 0.1)
print(time.time(), flush=True)
"""


@pytest.mark.parametrize("end", ["sys.exit()", "raise ValueError"])
def test_report67_an_unsent_message_does_not_keep_the_interpreter(end: str) -> None:
    """zeromq/pyzmq#102: exit is not held up by a call to a dead port."""
    process = python(EXIT + end, stderr=subprocess.DEVNULL)
    output, _ = process.communicate(timeout=30)
    assert time.time() - float(output) < 3


WAIT = """
import sys, time
from faasfarm.connection import Connection
from faasfarm.v1 import faasfarm_pb2 as pb
connection = Connection("{endpoint}")
try:
    connection.request(pb.Request(ping=pb.Ping.Request()), deadline=60)
except KeyboardInterrupt:
    assert connection._socket is None
    print("interrupted", flush=True)
"""


def test_report70_ctrl_c_ends_a_wait() -> None:
    """zeromq/pyzmq#64: Ctrl-C does nothing while blocked in receive."""
    with StubDaemon() as daemon:
        daemon.drop = lambda request: True
        process = python(WAIT.format(endpoint=daemon.endpoint))
        deadline = time.monotonic() + 30
        while not daemon.frames and time.monotonic() < deadline:
            time.sleep(0.01)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        assert output == "interrupted\n" and process.returncode == 0
        assert time.monotonic() - begun < PROMPT


@pytest.mark.parametrize(
    "reply, is_answer",
    [
        (pb.Reply(request_id=1, reset=pb.Reset.Reply()), True),
        (pb.Reply(request_id=1, error=pb.Error(reason=pb.FARM_BUSY)), True),
        # What could not be read could not be numbered.
        (pb.Reply(error=pb.Error(reason=pb.MALFORMED_REQUEST)), True),
        # Second copies: of the make before it, of an error of that, of a step with the same id in another session.
        (pb.Reply(make=pb.Make.Reply()), False),
        (pb.Reply(error=pb.Error(reason=pb.CAPACITY)), False),
        (pb.Reply(request_id=1, step=pb.Step.Reply()), False),
        (pb.Reply(request_id=2, reset=pb.Reset.Reply()), False),
        (pb.Reply(), False),
    ],
)
def test_only_a_requests_own_reply_answers_it(reply: pb.Reply, is_answer: bool) -> None:
    with StubDaemon() as daemon:
        daemon.instead["reset"] = reply
        connection = Connection(daemon.endpoint)
        request = pb.Request(request_id=1, session_id="none", reset=pb.Reset.Request())
        try:
            if not is_answer:
                with pytest.raises(ServerTimeout):
                    connection.request(request, 0.4)
            elif reply.HasField("error"):
                with pytest.raises(FaaSFarmError) as refusal:
                    connection.request(request, 20)
                assert refusal.value.reason == pb.ErrorReason.Name(reply.error.reason)
            else:
                assert connection.request(request, 20) == reply
        finally:
            connection.disconnect()
