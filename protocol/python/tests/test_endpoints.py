"""Endpoints of every form: IPv4, IPv6, names, ipc, with and without keys; and those that are none."""

import subprocess

import faasfarm
import pytest
from counting import Counting
from daemon import BINARY, Daemon
from faasfarm import endpoints
from faasfarm.connection import Connection
from faasfarm.errors import FaaSFarmError
from faasfarm.v1 import faasfarm_pb2 as pb
from hosted_envs import LOOPBACK

needs_daemon = pytest.mark.skipif(not BINARY.is_file(), reason=f"there is no daemon at {BINARY}")


def forms(tmp_path) -> list[str]:
    return ["tcp://127.0.0.1:0", "tcp://[::1]:0", "tcp://localhost:0", f"ipc://{tmp_path}/socket"]


@needs_daemon
@pytest.mark.parametrize("has_keys", [False, True])
@pytest.mark.parametrize("form", range(4))
def test_the_package_reaches_a_daemon_wherever_it_listens(tmp_path, form: int, has_keys: bool) -> None:
    endpoint = forms(tmp_path)[form]
    options, keys = [], {}
    if has_keys:
        subprocess.run([BINARY, "keys", tmp_path / "keys"], check=True, capture_output=True)
        options = ["--server-key", tmp_path / "keys/server.key", "--allow-clients", tmp_path / "keys"]
        keys = {"server_key": tmp_path / "keys/server.pub", "client_key": tmp_path / "keys/client.key"}
    with Daemon(*options, endpoint=endpoint) as daemon:
        where = daemon.endpoint
        if "localhost" in endpoint:
            where = where.replace("127.0.0.1", "localhost")
        env = faasfarm.Env("faasfarm/CartPole-v1", endpoint=where, **keys)
        env.reset(seed=1)
        assert env.step(1)[1] == 1.0
        env.close()
        vector = faasfarm.VectorEnv("faasfarm/CartPole-v1", 2, endpoint=where, **keys)
        vector.reset(seed=1)
        vector.close()


@pytest.mark.parametrize("endpoint", ["tcp://[::1]:0", LOOPBACK])
def test_a_server_of_python_environments_is_reached_wherever_it_listens(endpoint: str) -> None:
    with faasfarm.host(Counting, endpoint, "Counting-v0") as server:
        env = faasfarm.Env("Counting-v0", endpoint=server.endpoint)
        env.reset()
        env.close()


@pytest.mark.parametrize(
    "endpoint, told",
    [
        ("tcp://::1:5555", r"brackets: tcp://\[::1\]:5555"),
        ("tcp://fe80::1:5555", r"brackets: tcp://\[fe80::1\]:5555"),
        ("tcp://::1", r"brackets"),
        ("tcp://127.0.0.1", "no port"),
        ("tcp://127.0.0.1:99999", "65535"),
        ("tcp://127.0.0.1:x", "no port"),
    ],
)
def test_what_is_no_endpoint_is_told_how_one_is_written(endpoint: str, told: str) -> None:
    with pytest.raises(FaaSFarmError, match=told):
        Connection(endpoint).request(pb.Request(ping=pb.Ping.Request()), deadline=1)
    with pytest.raises(FaaSFarmError, match=told):
        faasfarm.host(Counting, endpoint)


def test_names_are_asked_for_by_ipv4_where_they_have_it(monkeypatch) -> None:
    import socket

    known = {"both": (socket.AF_INET6, socket.AF_INET), "six": (socket.AF_INET6,), "four": (socket.AF_INET,)}

    def look_up(host, port):
        if host not in known:
            raise socket.gaierror("unknown")
        return [(family, None, 0, "", ()) for family in known[host]]

    monkeypatch.setattr(endpoints.socket, "getaddrinfo", look_up)
    found = {name: endpoints.needs_ipv6(f"tcp://{name}:5555") for name in (*known, "none", "[::1]")}
    assert found == {"both": False, "six": True, "four": False, "none": False, "[::1]": True}
    assert not endpoints.needs_ipv6("ipc:///tmp/[x]")
