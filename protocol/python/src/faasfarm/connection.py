"""A connection to a daemon: requests with deadlines, sent again in the same bytes when no reply comes."""

import math
import os
import random
import time

import zmq
from google.protobuf.message import DecodeError

from .errors import FaaSFarmError, ServerTimeout, from_wire
from .v1 import faasfarm_pb2 as pb

SLICE = 0.2
"""Seconds of an uninterrupted wait; Ctrl-C is noticed between two of them at the latest."""

_contexts: dict[int, zmq.Context] = {}


def _context() -> zmq.Context:
    """A ZeroMQ context of this process; one from before a fork must not be used.

    It is never terminated: that would wait for sockets which user code may have left open.
    """
    pid = os.getpid()
    if pid not in _contexts:
        _contexts[pid] = zmq.Context()
    return _contexts[pid]


class Connection:
    """Sends requests to one endpoint. It connects on first use, in each process anew."""

    def __init__(self, endpoint: str) -> None:
        """Connects to nothing yet.

        Args:
            endpoint: where the daemon listens, `tcp://HOST:PORT` or `ipc://PATH`.
        """
        self.endpoint = endpoint
        self._socket: zmq.Socket | None = None
        self._pid = 0

    def request(self, request: pb.Request, deadline: float, attempt: float | None = None) -> pb.Reply:
        """Sends `request` until a reply comes.

        Args:
            request: the same bytes are sent each time, so that the daemon executes them once.
            deadline: seconds in all.
            attempt: seconds to wait for a reply before asking again, at first; later waits are longer. The default is
                a third of the deadline.

        Returns:
            A reply that is no error.

        Raises:
            ServerTimeout: no reply in time.
            FaaSFarmError: the daemon's error reply; or the endpoint is none, or what answers there is no daemon.
        """
        # For the daemon's log; it never shortens a step.
        request.deadline_ms = request.deadline_ms or int(deadline * 1000)
        payload = request.SerializeToString()
        begun = time.monotonic()
        wait = attempt or max(deadline / 3, SLICE)
        try:
            while (left := deadline - (time.monotonic() - begun)) > 0:
                reply = self._try(payload, min(wait, left))
                if reply is not None and (not request.request_id or reply.request_id in (0, request.request_id)):
                    if reply.WhichOneof("kind") == "error":
                        raise from_wire(reply.error)
                    return reply
                # A REQ socket without its reply refuses to send; and a late reply must find nobody.
                self.disconnect()
                wait *= random.uniform(1.2, 1.8)
                left = deadline - (time.monotonic() - begun)
                time.sleep(max(0.0, min(random.uniform(0.01, 0.1), left)))
        except FaaSFarmError:
            raise
        except BaseException:
            # Ctrl-C: the reply may still come, and is nobody's.
            self.disconnect()
            raise
        raise ServerTimeout(request.WhichOneof("kind") or "request", self.endpoint, time.monotonic() - begun)

    def _try(self, payload: bytes, seconds: float) -> pb.Reply | None:
        """One sending; None when no reply came in time."""
        socket = self._connected()
        try:
            socket.send(payload, zmq.DONTWAIT)
            frame = self._receive(socket, seconds)
        except zmq.ZMQError as error:
            raise self._failure(f"the connection to {self.endpoint} failed: {error}") from error
        if frame is None:
            return None
        try:
            return pb.Reply.FromString(frame)
        except DecodeError as error:
            message = f"what answers at {self.endpoint} is no faasfarm daemon: its {len(frame)} bytes are no reply"
            raise self._failure(message) from error

    @staticmethod
    def _receive(socket: zmq.Socket, seconds: float) -> bytes | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            # recv gives up by itself after SLICE; it is quicker than a poll before it.
            if left < SLICE and not socket.poll(math.ceil(left * 1000)):
                return None
            try:
                return socket.recv()
            except zmq.Again:
                continue
        return None

    def _failure(self, message: str) -> FaaSFarmError:
        self.disconnect()
        return FaaSFarmError(message)

    def _connected(self) -> zmq.Socket:
        pid = os.getpid()
        if self._pid != pid:
            # A socket from before a fork belongs to the parent; it is forgotten, not closed.
            self._socket = None
        if self._socket is None:
            self._pid = pid
            socket = _context().socket(zmq.REQ)
            try:
                socket.linger = 0
                socket.rcvtimeo = int(SLICE * 1000)
                socket.connect(self.endpoint)
            except (zmq.ZMQError, TypeError) as error:
                socket.close(linger=0)
                raise FaaSFarmError(
                    f"cannot connect to {self.endpoint!r}: {error}; an endpoint is tcp://HOST:PORT or ipc://PATH"
                ) from error
            self._socket = socket
        return self._socket

    def disconnect(self) -> None:
        """Closes the socket and drops what was not sent; the next request connects anew."""
        if self._socket is not None and self._pid == os.getpid():
            self._socket.close(linger=0)
        self._socket = None
