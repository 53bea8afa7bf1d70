"""A connection to a daemon: requests with deadlines, asked again under the same id when no reply comes."""

import os
import random
import time

import zmq

from .errors import ServerTimeout, from_wire
from .v1 import faasfarm_pb2 as pb

SLICE = 0.2
"""Seconds of an uninterrupted wait; Ctrl-C is noticed between two of them."""

_contexts: dict[int, zmq.Context] = {}


def _context() -> zmq.Context:
    """A ZeroMQ context of this process; one from before a fork must not be used."""
    pid = os.getpid()
    if pid not in _contexts:
        _contexts[pid] = zmq.Context()
    return _contexts[pid]


class Connection:
    """Sends requests to one endpoint. It connects on first use, in each process anew."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._socket: zmq.Socket | None = None
        self._pid = 0

    def request(self, request: pb.Request, deadline: float, attempt: float | None = None) -> pb.Reply:
        """Sends `request` until a reply comes.

        Args:
            request: the same bytes are sent each time, so that the daemon executes them once.
            deadline: seconds in all.
            attempt: seconds to wait for a reply before asking again; the default is a third of the deadline.

        Raises:
            ServerTimeout: no reply in time.
            FaaSFarmError: the daemon's error reply.
        """
        kind = request.WhichOneof("kind")
        request.deadline_ms = int(deadline * 1000)
        payload = request.SerializeToString()
        begun = time.monotonic()
        attempt = attempt or max(deadline / 3, 0.5)
        while True:
            left = deadline - (time.monotonic() - begun)
            if left <= 0:
                break
            reply = self._try(payload, min(attempt, left))
            if reply is not None and (not request.request_id or reply.request_id in (0, request.request_id)):
                if reply.WhichOneof("kind") == "error":
                    raise from_wire(reply.error)
                return reply
            self.disconnect()
            time.sleep(min(random.uniform(0.01, 0.1), max(0.0, deadline - (time.monotonic() - begun))))
        waited = time.monotonic() - begun
        raise ServerTimeout(
            f"no reply to {kind} from {self.endpoint} in {waited:.1f} s; is the daemon (faasfarm serve) running there?"
        )

    def _try(self, payload: bytes, seconds: float) -> pb.Reply | None:
        socket = self._connected()
        socket.send(payload, zmq.DONTWAIT)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if socket.poll(min(left, SLICE) * 1000):
                return pb.Reply.FromString(socket.recv())
        return None

    def _connected(self) -> zmq.Socket:
        if self._pid != os.getpid():
            # A socket from before a fork belongs to the parent; it is forgotten, not closed.
            self._socket = None
        if self._socket is None:
            self._pid = os.getpid()
            self._socket = _context().socket(zmq.REQ)
            self._socket.linger = 0
            self._socket.connect(self.endpoint)
        return self._socket

    def disconnect(self) -> None:
        """Closes the socket and drops what was not sent; the next request connects anew."""
        if self._socket is not None and self._pid == os.getpid():
            self._socket.close(linger=0)
        self._socket = None
