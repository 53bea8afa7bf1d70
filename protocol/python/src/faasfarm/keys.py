"""CURVE keys of a client: what encrypts its connection, and proves to the daemon who it is."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from .errors import FaaSFarmError

_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")


@dataclass(frozen=True)
class Keys:
    """What a connection to a daemon with keys needs. It prints without the secret.

    Attributes:
        server: the daemon's public key, 40 characters of Z85.
        public: this client's, which the daemon allows or not.
        secret: this client's secret key.
        is_drawn: whether this client has no key of its own, and one was drawn.
    """

    server: str
    public: str
    secret: str = field(repr=False)
    is_drawn: bool

    @classmethod
    def of(cls, server_key: str | Path | None, client_key: str | Path | None) -> "Keys | None":
        """Takes keys as text (40 characters of Z85), or from files that `faasfarm keys` made.

        Args:
            server_key: the daemon's public key; None: no encryption.
            client_key: this client's secret key; None draws one, for a daemon that allows any.

        Raises:
            FaaSFarmError: no such file, or what it holds is no key; or a client's key without the daemon's.
        """
        if server_key is None:
            if client_key is not None:
                raise FaaSFarmError("client_key needs server_key: the daemon's public key, or the file it is in")
            return None
        if not zmq.has("curve"):
            raise FaaSFarmError("this pyzmq was built without CURVE; install one that has it (`pip install pyzmq`)")
        server = key_text("server_key", server_key)
        if client_key is None:
            public, secret = zmq.curve_keypair()
            return cls(server, public.decode(), secret.decode(), is_drawn=True)
        public, secret = _pair("client_key", client_key)
        return cls(server, public, secret, is_drawn=False)

    @classmethod
    def of_server(cls, server_key: str | Path) -> "Keys":
        """The keys of a server, from its secret key as text or the file it is in.

        Raises:
            FaaSFarmError: no such file, or what it holds is no key.
        """
        if not zmq.has("curve"):
            raise FaaSFarmError("this pyzmq was built without CURVE; install one that has it (`pip install pyzmq`)")
        public, secret = _pair("server_key", server_key)
        return cls(public, public, secret, is_drawn=False)

    def apply(self, socket: zmq.Socket) -> None:
        """Has `socket` use the keys, before it connects."""
        socket.curve_serverkey = self.server.encode()
        socket.curve_publickey = self.public.encode()
        socket.curve_secretkey = self.secret.encode()


def _pair(argument: str, given: str | Path) -> tuple[str, str]:
    secret = key_text(argument, given)
    try:
        return zmq.curve_public(secret.encode()).decode(), secret
    except zmq.ZMQError as error:
        raise FaaSFarmError(f"{argument} is not a secret key: {error}") from error


def key_text(argument: str, given: str | Path) -> str:
    """A key as 40 characters of Z85, from such a text or the file it is in.

    Args:
        argument: what messages call it.
        given: the key, or a file's name.

    Raises:
        FaaSFarmError: it is neither.
    """
    if isinstance(given, str) and _KEY.fullmatch(given):
        return given
    if not isinstance(given, str | Path):
        raise FaaSFarmError(f"{argument} must be a key or a file's name, got {type(given).__name__}")
    # What is nearly a key may be a secret: it is not repeated.
    name = f"{given}" if isinstance(given, Path) or not 36 <= len(given) <= 44 else f"a text of {len(given)} characters"
    try:
        text = Path(given).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise FaaSFarmError(
            f"{argument} ({name}) is neither a key (40 characters of Z85) nor a file that can be read: {reason}"
        ) from None
    words = text.split()
    # A remark may follow the key.
    if not words or not _KEY.fullmatch(words[0]):
        raise FaaSFarmError(f"the file {given}, given as {argument}, holds no key: expected 40 characters of Z85")
    return words[0]
