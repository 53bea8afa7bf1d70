"""Keys from the command that makes them to an agent that plays: the daemon as a whole, over tcp."""

import json
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import faasfarm
import pytest
import zmq
from daemon import BINARY, SMALL, Daemon, wait_until

PING = b'{"ping":{}}'


def keys(*arguments: object) -> subprocess.CompletedProcess:
    command = [str(BINARY), "keys", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("security") / "keys"
    made = keys(path)
    assert made.returncode == 0, made.stderr
    return path


class Guarded(Daemon):
    """A daemon with keys, whose log can be read while it runs."""

    def __init__(self, folder: Path, *arguments: str, allow: str | None = None) -> None:
        super().__init__(
            "--server-key", str(folder / "server.key"), "--allow-clients", allow or str(folder), *arguments
        )

    def said(self, what: str) -> None:
        wait_until(
            lambda: what.lower() in self.log().lower(),
            what=f"the log saying {what!r}",
        )


def text(path: Path) -> bytes:
    return path.read_bytes().strip()


def plain_pyzmq(endpoint: str, server: bytes | None, secret: bytes | None, seconds: float) -> dict | None:
    """A ping with nothing but pyzmq; None when it is not answered."""
    context = zmq.Context()
    client = context.socket(zmq.REQ)
    client.linger = 0
    if server is not None:
        client.curve_serverkey = server
    if secret is not None:
        client.curve_publickey = zmq.curve_public(secret)
        client.curve_secretkey = secret
    client.connect(endpoint)
    client.send(PING)
    reply = json.loads(client.recv()) if client.poll(seconds * 1000) else None
    client.close()
    context.term()
    return reply


def test_keys_are_made_once_and_the_secret_ones_are_their_owners(tmp_path) -> None:
    path = tmp_path / "new" / "keys"
    made = keys(path)
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("server", "client"):
        secret, public = text(path / f"{name}.key"), text(path / f"{name}.pub")
        assert zmq.curve_public(secret) == public
        assert stat.S_IMODE((path / f"{name}.key").stat().st_mode) == 0o600
        assert public.decode() in made.stdout and secret.decode() not in made.stdout
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    again = keys(path)
    assert again.returncode != 0 and "server.key is there already" in again.stderr
    one_left = path / "client.pub"
    for file in path.iterdir():
        if file != one_left:
            file.unlink()
    half = keys(path)
    assert half.returncode != 0 and "client.pub" in half.stderr
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {"client.pub": before["client.pub"]}


def test_one_more_client_gets_a_pair_of_its_own(tmp_path) -> None:
    assert keys(tmp_path).returncode == 0
    before = text(tmp_path / "client.pub")
    assert keys(tmp_path, "--client", "alice").returncode == 0
    assert zmq.curve_public(text(tmp_path / "alice.key")) == text(tmp_path / "alice.pub") != before
    assert text(tmp_path / "client.pub") == before
    for name in ("alice", "../x", "", "server", ".hidden"):
        assert keys(tmp_path, "--client", name).returncode != 0
    assert len(list(tmp_path.iterdir())) == 6


def test_an_agent_plays_over_an_encrypted_connection(folder) -> None:
    with Guarded(folder, "--format", "json") as daemon:
        env = faasfarm.Env(
            endpoint=daemon.endpoint,
            server_key=folder / "server.pub",
            client_key=str(folder / "client.key"),
            scenario=SMALL,
            backend="simulator",
        )
        env.reset(seed=1)
        _, _, _, truncated, info = env.step(env.action_space.sample())
        assert not truncated and info["metrics"]["step"] == 1
        env.close()
        envs = faasfarm.VectorEnv(
            num_envs=3,
            endpoint=daemon.endpoint,
            server_key=text(folder / "server.pub").decode(),
            client_key=text(folder / "client.key").decode(),
            scenario=SMALL,
            backend="simulator",
        )
        envs.reset(seed=1)
        assert envs.step(envs.action_space.sample())[1].shape == (3,)
        envs.close()
        assert plain_pyzmq(daemon.endpoint, text(folder / "server.pub"), text(folder / "client.key"), 10)["ping"]
        assert daemon.log() == ""


def test_what_goes_over_the_wire_is_encrypted(folder) -> None:
    with Guarded(folder) as daemon:
        port = int(daemon.endpoint.rsplit(":", 1)[1])
        seen = []
        listener = socket.create_server(("127.0.0.1", 0))

        def carry(source: socket.socket, target: socket.socket) -> None:
            while data := source.recv(65536):
                seen.append(data)
                target.sendall(data)

        def tap() -> None:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=carry, args=(far, near), daemon=True).start()
            carry(near, far)
            far.close()

        threading.Thread(target=tap, daemon=True).start()
        endpoint = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        reply = plain_pyzmq(endpoint, text(folder / "server.pub"), text(folder / "client.key"), 10)
        listener.close()
        assert "uptime_s" in reply["ping"]
        wire = b"".join(seen)
        assert b"CURVE" in wire and b"MESSAGE" in wire
        assert b"ping" not in wire and b"uptime" not in wire


def test_report71_each_wrong_key_has_its_own_line_in_the_daemons_log(folder, tmp_path) -> None:
    """zeromq/libzmq#2227, zeromq/pyzmq#1706: to the client they all look like a dead daemon."""
    server, secret = text(folder / "server.pub"), text(folder / "client.key")
    other_public, other_secret = zmq.curve_keypair()
    with Guarded(folder) as daemon:
        assert plain_pyzmq(daemon.endpoint, other_public, secret, 0.5) is None
        daemon.said("holds another key for this daemon than the daemon's own")
        assert plain_pyzmq(daemon.endpoint, server, other_secret, 0.5) is None
        daemon.said(f"its key {other_public.decode()} is not allowed")
        assert plain_pyzmq(daemon.endpoint, None, None, 0.5) is None
        daemon.said("client without keys")
        # No key of its own: libzmq sends zeros.
        assert plain_pyzmq(daemon.endpoint, server, None, 0.5) is None
        assert plain_pyzmq(daemon.endpoint, server, secret, 10)["ping"]
        assert secret.decode() not in daemon.log()
        assert text(folder / "server.key").decode() not in daemon.log()


def test_report71_a_time_out_mentions_keys(folder) -> None:
    """zeromq/libzmq#2227."""
    wrong, _ = zmq.curve_keypair()
    with Guarded(folder) as daemon:
        for arguments, what in [
            ({"server_key": wrong.decode(), "client_key": folder / "client.key"}, "Are the keys right"),
            ({"server_key": folder / "server.pub"}, "does not allow this client's key"),
            ({}, "wants keys"),
        ]:
            with pytest.raises(faasfarm.ServerTimeout, match=what):
                faasfarm.Env(endpoint=daemon.endpoint, timeout=1.5, scenario=SMALL, backend="simulator", **arguments)
    with Daemon() as plain, pytest.raises(faasfarm.ServerTimeout, match="has no keys|Has it keys at all"):
        faasfarm.Env(endpoint=plain.endpoint, server_key=folder / "server.pub", timeout=1.5)


def test_any_client_may_connect_where_that_is_said(folder) -> None:
    with Guarded(folder, allow="any") as daemon:
        env = faasfarm.Env(
            endpoint=daemon.endpoint, server_key=folder / "server.pub", scenario=SMALL, backend="simulator"
        )
        env.reset(seed=1)
        env.close()


def refuses(*arguments: str) -> str:
    command = [str(BINARY), "serve", "--format", "json", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0 and ended.stdout == ""
    return ended.stderr


def test_other_machines_are_served_with_keys_or_a_loud_word_only(folder) -> None:
    everywhere = ("--endpoint", "tcp://0.0.0.0:0")
    refusal = refuses(*everywhere)
    assert "--insecure" in refusal and "faasfarm keys" in refusal
    for arguments in [
        ("--server-key", str(folder / "server.key"), "--allow-clients", str(folder)),
        ("--insecure",),
    ]:
        command = [str(BINARY), "serve", "--format", "json", *everywhere, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert json.loads(process.stdout.readline())["endpoint"].startswith("tcp://0.0.0.0:")
            process.terminate()


def test_keys_that_are_none_are_refused_before_anything_is_served(folder, tmp_path) -> None:
    server = str(folder / "server.key")
    (tmp_path / "bad").write_text("alice\n")
    (tmp_path / "empty").mkdir()
    assert "needs --server-key" in refuses("--allow-clients", str(folder))
    assert "needs --allow-clients" in refuses("--server-key", server)
    assert "line 1" in refuses("--server-key", server, "--allow-clients", str(tmp_path / "bad"))
    assert "no key" in refuses("--server-key", server, "--allow-clients", str(tmp_path / "empty"))
    assert "not there" in refuses("--server-key", server, "--allow-clients", str(tmp_path / "absent"))
    assert "cannot be read" in refuses("--server-key", str(tmp_path / "absent"), "--allow-clients", "any")
    assert "daemon's own" in refuses("--server-key", server, "--allow-clients", str(folder / "server.pub"))


def test_a_secret_key_that_others_may_read_is_warned_of(folder, tmp_path) -> None:
    exposed = tmp_path / "server.key"
    exposed.write_bytes((folder / "server.key").read_bytes())
    exposed.chmod(0o644)
    (tmp_path / "client.pub").write_bytes((folder / "client.pub").read_bytes())
    with Guarded(tmp_path) as daemon:
        daemon.said("chmod 600")


def test_report74_a_second_daemon_takes_nothing_away(tmp_path) -> None:
    """zeromq/libzmq#2059, smg-project/smg#2076: the same ipc or tcp endpoint, a stale socket, a plain file."""
    path = tmp_path / "farm.sock"
    endpoint = f"ipc://{path}"
    first = subprocess.Popen(
        [str(BINARY), "serve", "--endpoint", endpoint, "--format", "json"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert json.loads(first.stdout.readline())["endpoint"] == endpoint
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "another program listens there" in refuses("--endpoint", endpoint)
        assert plain_pyzmq(endpoint, None, None, 10)["ping"]
    finally:
        first.kill()
        first.wait()
        first.stdout.close()
    assert path.is_socket()
    with subprocess.Popen(
        [str(BINARY), "serve", "--endpoint", endpoint, "--format", "json"], stdout=subprocess.PIPE, text=True
    ) as second:
        assert json.loads(second.stdout.readline())["endpoint"] == endpoint
        assert plain_pyzmq(endpoint, None, None, 10)["ping"]
        second.terminate()
    with Daemon() as daemon:
        assert "another program listens there" in refuses("--endpoint", daemon.endpoint)
        assert plain_pyzmq(daemon.endpoint, None, None, 10)["ping"]
    precious = tmp_path / "precious.txt"
    precious.write_text("work")
    assert "is no socket" in refuses("--endpoint", f"ipc://{precious}")
    assert precious.read_text() == "work"


def test_report75_forms_of_addresses_work_or_are_explained() -> None:
    """zeromq/pyzmq#269, #450: localhost for the daemon, * for the client, port 0, a port in use."""
    command = [str(BINARY), "serve", "--endpoint", "tcp://localhost:0", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        port = endpoint.rsplit(":", 1)[1]
        assert int(port) > 0
        assert plain_pyzmq(f"tcp://localhost:{port}", None, None, 10)["ping"]
        process.terminate()
    with pytest.raises(faasfarm.FaaSFarmError, match="for listening"):
        faasfarm.Env(endpoint="tcp://*:5555", timeout=1)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        assert "choose another port" in refuses("--port", str(holder.getsockname()[1]))
    assert "expected tcp://HOST:PORT or ipc://PATH" in refuses("--endpoint", "localhost:5555")


def test_strangers_without_number_do_not_fill_the_log(folder) -> None:
    with Guarded(folder) as daemon:
        begun = time.monotonic()
        context = zmq.Context()
        strangers = [context.socket(zmq.REQ) for _ in range(20)]
        for stranger in strangers:
            stranger.linger = 0
            stranger.reconnect_ivl = 20
            stranger.connect(daemon.endpoint)
            stranger.send(PING)
        daemon.said("client without keys")
        # They come again every 20 ms, for as long as a client with keys needs for a few rounds.
        for _ in range(5):
            assert plain_pyzmq(daemon.endpoint, text(folder / "server.pub"), text(folder / "client.key"), 10)["ping"]
        for stranger in strangers:
            stranger.close()
        context.term()
        # One line a minute for each of the two ways in which it is noticed.
        minutes = 1 + (time.monotonic() - begun) // 60
        assert sum("client without keys" in line.lower() for line in daemon.log().splitlines()) <= 2 * minutes
