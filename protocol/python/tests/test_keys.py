"""CURVE keys: as text and in files, and what a client says when they do not fit."""

import copy
import pickle
import threading

import faasfarm
import pytest
import zmq
from faasfarm.connection import Connection
from faasfarm.errors import FaaSFarmError, ServerTimeout
from faasfarm.keys import Keys
from faasfarm.v1 import faasfarm_pb2 as pb
from zmq.auth.thread import ThreadAuthenticator

PING = pb.Request(ping=pb.Ping.Request())


def pair() -> tuple[str, str]:
    """A public and a secret key."""
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


class Guarded:
    """A ROUTER that answers every request with a ping's reply; with keys if given, and then to `allowed` only."""

    def __init__(self, secret: str | None = None, allowed: list[str] | None = None) -> None:
        self.context = zmq.Context()
        self.authenticator = None
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        if secret is not None:
            self.authenticator = ThreadAuthenticator(self.context)
            self.authenticator.start()
            self.authenticator.configure_curve_callback(credentials_provider=self)
            self.socket.curve_server = True
            self.socket.curve_secretkey = secret.encode()
        self.allowed = allowed
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def callback(self, domain: str, key: bytes) -> bool:
        return self.allowed is None or key.decode() in self.allowed

    def _serve(self) -> None:
        while not self.stopping.is_set():
            if self.socket.poll(20):
                *envelope, _ = self.socket.recv_multipart()
                self.socket.send_multipart([*envelope, pb.Reply(ping=pb.Ping.Reply()).SerializeToString()])

    def __enter__(self) -> "Guarded":
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()
        if self.authenticator is not None:
            self.authenticator.stop()
        self.socket.close()
        self.context.term()


def refusal(endpoint: str, keys: Keys | None, deadline: float = 3.0) -> ServerTimeout:
    connection = Connection(endpoint, keys)
    with pytest.raises(ServerTimeout) as caught:
        connection.request(PING, deadline=deadline, attempt=0.2)
    connection.disconnect()
    return caught.value


def test_keys_come_as_text_or_from_files(tmp_path) -> None:
    server, _ = pair()
    public, secret = pair()
    (tmp_path / "server.pub").write_text(server + "\n")
    (tmp_path / "client.key").write_text(f"  {secret}  of alice\n\n")
    for server_key, client_key in [
        (server, secret),
        (tmp_path / "server.pub", tmp_path / "client.key"),
        (str(tmp_path / "server.pub"), str(tmp_path / "client.key")),
    ]:
        keys = Keys.of(server_key, client_key)
        assert (keys.server, keys.public, keys.secret, keys.is_drawn) == (server, public, secret, False)
        assert secret not in repr(keys)
    assert Keys.of(None, None) is None
    drawn = Keys.of(server, None)
    assert drawn.is_drawn and zmq.curve_public(drawn.secret.encode()).decode() == drawn.public


def test_what_is_no_key_is_a_typed_error_that_does_not_repeat_it(tmp_path) -> None:
    server, secret = pair()
    (tmp_path / "empty").write_text("")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for given in (secret[:-1], secret + "a", tmp_path / "absent", tmp_path / "empty", tmp_path / "binary", b"key", 5):
        with pytest.raises(FaaSFarmError, match="client_key") as caught:
            Keys.of(server, given)
        assert secret[:-1] not in str(caught.value)
    with pytest.raises(FaaSFarmError, match="needs server_key"):
        Keys.of(None, secret)


def test_an_environment_of_ones_own_daemon_takes_no_keys() -> None:
    with pytest.raises(FaaSFarmError, match="needs endpoint"):
        faasfarm.Env(server_key=pair()[0])


def test_the_right_keys_connect() -> None:
    server, server_secret = pair()
    public, secret = pair()
    with Guarded(server_secret, [public]) as daemon:
        connection = Connection(daemon.endpoint, Keys.of(server, secret))
        assert connection.request(PING, deadline=10).HasField("ping")
        connection.disconnect()


def test_report71_a_wrong_server_key_is_thought_of() -> None:
    """zeromq/libzmq#2227: it looks like a daemon that is not there, so the text mentions keys."""
    _, server_secret = pair()
    public, secret = pair()
    wrong, _ = pair()
    with Guarded(server_secret, [public]) as daemon:
        error = refusal(daemon.endpoint, Keys.of(wrong, secret), deadline=1.5)
    assert f"server_key ({wrong})" in str(error) and public in str(error)
    assert secret not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == str(copy.copy(error))


def test_report71_a_key_that_is_not_allowed_is_named_before_the_deadline() -> None:
    """zeromq/libzmq#2227."""
    server, server_secret = pair()
    public, secret = pair()
    with Guarded(server_secret, []) as daemon:
        error = refusal(daemon.endpoint, Keys.of(server, secret), deadline=60)
    assert f"does not allow this client's key, {public}" in str(error)
    assert error.waited < 30


def test_report71_a_daemon_that_wants_keys_is_known_for_it() -> None:
    """zeromq/pyzmq#1706: a plain client to a CURVE server."""
    with Guarded(pair()[1]) as daemon:
        error = refusal(daemon.endpoint, None, deadline=60)
    assert "wants keys (CURVE)" in str(error) and error.waited < 30


def test_report71_a_daemon_without_keys_is_known_for_it() -> None:
    """zeromq/pyzmq#1706: a CURVE client to a plain server."""
    with Guarded() as daemon:
        error = refusal(daemon.endpoint, Keys.of(pair()[0], pair()[1]), deadline=60)
    # Whichever side notices first that the other has none, hangs up.
    assert "has no keys" in str(error) or "Has it keys at all" in str(error)
    assert error.waited < 30


def test_a_daemon_that_was_not_there_at_first_is_found_and_watched_no_longer() -> None:
    with Guarded() as daemon:
        connection = Connection(daemon.endpoint)
        connection._is_suspicious = True
        assert connection.request(PING, deadline=10).HasField("ping")
        assert connection._monitor is None and not connection._is_suspicious
        for _ in range(20):
            assert connection.request(PING, deadline=10).HasField("ping")
        connection.disconnect()


@pytest.mark.parametrize("endpoint", ["tcp://*:5555", "tcp://127.0.0.1:0", "tcp://127.0.0.1:*"])
def test_report75_forms_for_listening_are_refused_with_the_form_to_use(endpoint: str) -> None:
    """zeromq/pyzmq#450: `connect("*")` fails with a bare error."""
    with pytest.raises(FaaSFarmError, match=r"for listening.*tcp://127\.0\.0\.1:5555"):
        Connection(endpoint).request(PING, deadline=1)
