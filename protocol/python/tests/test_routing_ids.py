"""Two peers of a server that have one routing id: zeromq/libzmq#4503."""

import subprocess
import sys

import faasfarm
import pytest
import zmq
from counting import Counting
from hosted_envs import LOOPBACK

AGENT = """
import sys, zmq
socket = zmq.Context().socket(zmq.REQ)
socket.identity = b"agent"
socket.connect(sys.argv[1])
socket.send_json({"hello": {}})
print("hello" in socket.recv_json(), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["daemon", "python"])
def endpoint(request, simulator):
    if request.param == "daemon":
        yield simulator.endpoint
    else:
        with faasfarm.host(Counting, LOOPBACK, "Counting-v0") as server:
            yield server.endpoint


def named(endpoint: str) -> zmq.Socket:
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger, socket.rcvtimeo, socket.identity = 0, 10_000, b"agent"
    socket.connect(endpoint)
    return socket


def test_libzmq_4503_a_killed_client_that_comes_again_is_served_at_once(endpoint: str) -> None:
    agent = subprocess.Popen(
        [sys.executable, "-c", AGENT, endpoint], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert agent.stdout.readline() == "True\n"
    finally:
        agent.kill()
        agent.wait()
        agent.stdin.close()
        agent.stdout.close()
    socket = named(endpoint)
    socket.send_json({"hello": {}})
    assert "hello" in socket.recv_json()
    socket.close()


def test_libzmq_4503_the_newer_of_two_clients_with_one_name_is_served(endpoint: str) -> None:
    first = named(endpoint)
    first.send_json({"hello": {}})
    assert "hello" in first.recv_json()
    second = named(endpoint)
    second.send_json({"ping": {}})
    assert "ping" in second.recv_json()
    # And nobody else is disturbed.
    other = zmq.Context.instance().socket(zmq.REQ)
    other.linger, other.rcvtimeo = 0, 10_000
    other.connect(endpoint)
    other.send_json({"ping": {}})
    assert "ping" in other.recv_json()
    for socket in (first, second, other):
        socket.close()
