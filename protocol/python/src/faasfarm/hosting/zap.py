"""Who may connect to a server with keys (ZeroMQ's RFC 27)."""

import logging

import zmq
from zmq.utils import z85

log = logging.getLogger("faasfarm.hosting")


class Admission:
    """Answers ZeroMQ's question, for each connection, whether its key is one of those that are served.

    Attributes:
        socket: where it asks; the thread that owns it waits on it and calls `answer`.
    """

    def __init__(self, context: zmq.Context, allowed: frozenset[str] | None) -> None:
        """Listens within the context, before any socket of it does.

        Args:
            context: of the sockets that it is for.
            allowed: public keys as text; None: any.
        """
        self._allowed = allowed
        self.socket = context.socket(zmq.REP)
        self.socket.linger = 0
        self.socket.bind("inproc://zeromq.zap.01")

    def answer(self) -> None:
        """Answers one question that has come."""
        version, number, _, address, _, mechanism, *credentials = self.socket.recv_multipart()
        key = z85.encode(credentials[0]).decode() if mechanism == b"CURVE" and credentials else ""
        is_allowed = bool(key) and (self._allowed is None or key in self._allowed)
        if not is_allowed:
            log.warning("a client from %s was refused; its key %s is not allowed", address.decode(), key or "is none")
        status, text = (b"200", b"OK") if is_allowed else (b"400", b"key not allowed")
        self.socket.send_multipart([version, number, status, text, key.encode(), b""])
