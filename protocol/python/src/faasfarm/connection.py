"""A connection to a daemon: requests with deadlines, sent again in the same bytes when no reply comes."""

import math
import os
import random
import time
from collections.abc import Callable
from typing import Any

import zmq
from google.protobuf.message import DecodeError
from zmq.utils.monitor import parse_monitor_message

from . import endpoints
from .errors import FaaSFarmError, RequestTooLong, ServerTimeout, SessionLost, from_wire
from .keys import Keys
from .v1 import faasfarm_pb2 as pb

SLICE = 0.2
"""Seconds of an uninterrupted wait; Ctrl-C is noticed between two of them at the latest."""

REFUSALS = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
"""What ZeroMQ reports of a daemon that is there and, for want of the right keys, does not talk to us."""

HANG_UPS = 5
"""After so many a daemon is not waited for: who hangs up so often during the handshake will do so again."""

MECHANISM_MISMATCH = 0x11000002
"""ZeroMQ's number for a peer of which one side has keys and the other none."""

SHORTER = {
    "make": "Give shorter arguments: a scenario with fewer tasks, for example",
    "reset": "Give shorter options",
    "step": "Make fewer environments, whose actions are shorter together",
    "send": "Make fewer environments, whose actions are shorter together",
}
"""What to do about a request that is too long, by its kind."""

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
    """Sends requests to one endpoint. It connects on first use, in each process anew.

    One thread uses it at a time; another may `interrupt` it.

    Attributes:
        endpoint: where the daemon listens.
        limit: bytes that a request may have, which the daemon's hello tells; None: not known.
    """

    def __init__(self, endpoint: str, keys: Keys | None = None) -> None:
        """Connects to nothing yet.

        Args:
            endpoint: where the daemon listens, `tcp://HOST:PORT` or `ipc://PATH`.
            keys: for a daemon that has keys.
        """
        self.endpoint = endpoint
        self.limit: int | None = None
        self._keys = keys
        self._socket: zmq.Socket | None = None
        self._monitor: zmq.Socket | None = None
        self._pid = 0
        # Whether to ask ZeroMQ why there is no reply; and what it said.
        self._is_suspicious = False
        self._refusal = ""
        self._hang_ups = 0
        self._is_interrupted = False
        self._is_ending = False

    def interrupt(self) -> None:
        """Ends the request under way, from any thread, within `SLICE`; and all that follow, until `end_calmly`."""
        self._is_interrupted = True

    def end_calmly(self) -> None:
        """From now on nothing is interrupted: what is said last shall be heard."""
        self._is_ending = True

    @property
    def _has_to_stop(self) -> bool:
        return self._is_interrupted and not self._is_ending

    @property
    def hint(self) -> str:
        """What may keep a daemon from answering, other than being slow or not there; empty for nothing."""
        if self._refusal:
            return self._refusal
        if self._keys is None:
            return (
                ""
                if not self._hang_ups
                else (
                    "What listens there hangs up at once: it is a daemon that wants keys (CURVE), then give "
                    "server_key=... and client_key=...; or it is no daemon"
                )
            )
        owner = "the key that was drawn for want of a client_key" if self._keys.is_drawn else "this client's"
        return (
            f"Are the keys right? server_key ({self._keys.server}) must be the public key of the daemon, which must "
            f"allow {owner}, {self._keys.public}. A wrong key looks like a daemon that is not there; the daemon's log "
            "tells. Has it keys at all (--server-key)?"
        )

    def request(
        self,
        request: pb.Request,
        deadline: float,
        attempt: float | None = None,
        read: Callable[[bytes], Any] = pb.Reply.FromString,
    ) -> Any:
        """Sends `request` until a reply comes.

        Args:
            request: the same bytes are sent each time, so that the daemon executes them once.
            deadline: seconds in all.
            attempt: seconds to wait for a reply before asking again, at first; later waits are longer. The default is
                a third of the deadline.
            read: makes of a frame what is returned; it has `request_id` and `WhichOneof("kind")` as a reply does.

        Returns:
            A reply that is no error.

        Raises:
            ServerTimeout: no reply in time.
            SessionLost: interrupted, because another thread has closed the environment.
            RequestTooLong: it is longer than the daemon takes, and was not sent.
            FaaSFarmError: the daemon's error reply; or the endpoint is none, or what answers there is no daemon.
        """
        # For the daemon's log; it never shortens a step.
        request.deadline_ms = request.deadline_ms or int(deadline * 1000)
        payload = request.SerializeToString()
        kind = request.WhichOneof("kind") or "request"
        if self.limit and len(payload) > self.limit:
            # It would be dropped, and the connection with it.
            raise RequestTooLong(
                f"the {kind} has {len(payload)} bytes, and the daemon at {self.endpoint} takes {self.limit} at most; "
                f"nothing was sent. {SHORTER.get(kind, 'Send less')}",
                "INVALID_ARGUMENT",
                "MESSAGE_TOO_LARGE",
            )
        begun = time.monotonic()
        wait = attempt or max(deadline / 3, SLICE)
        self._refusal, self._hang_ups = "", 0
        try:
            while (
                not self._refusal and self._hang_ups < HANG_UPS and (left := deadline - (time.monotonic() - begun)) > 0
            ):
                reply = None if self._has_to_stop else self._try(payload, min(wait, left), read)
                if reply is not None and _is_answer(reply, request):
                    self._trust()
                    if reply.WhichOneof("kind") == "error":
                        raise from_wire(reply.error)
                    return reply
                # A REQ socket without its reply refuses to send; and a late reply must find nobody.
                self.disconnect()
                if self._has_to_stop:
                    raise SessionLost(
                        f"the environment was closed by another thread during this {kind}; whether it was executed is "
                        "not known",
                        reason="UNKNOWN_SESSION",
                    )
                self._is_suspicious = True
                wait *= random.uniform(1.2, 1.8)
                left = deadline - (time.monotonic() - begun)
                time.sleep(max(0.0, min(random.uniform(0.01, 0.1), left)))
        except FaaSFarmError:
            raise
        except BaseException:
            # Ctrl-C: the reply may still come, and is nobody's.
            self.disconnect()
            raise
        raise ServerTimeout(kind, self.endpoint, time.monotonic() - begun, self.hint)

    def _try(self, payload: bytes, seconds: float, read: Callable[[bytes], Any] = pb.Reply.FromString) -> Any:
        """One sending; None when no reply came in time."""
        socket = self._connected()
        try:
            try:
                socket.send(payload, zmq.DONTWAIT)
            except zmq.Again:
                # Turned away, the socket has nobody to send to until it connects again.
                time.sleep(min(seconds, 0.05))
                self._is_refused()
                return None
            frame = self._receive(socket, seconds)
        except zmq.ZMQError as error:
            raise self._failure(f"the connection to {self.endpoint} failed: {error}") from error
        if frame is None:
            return None
        try:
            return read(frame)
        except DecodeError as error:
            message = f"what answers at {self.endpoint} is no faasfarm daemon: its {len(frame)} bytes are no reply"
            raise self._failure(message) from error

    def _receive(self, socket: zmq.Socket, seconds: float) -> bytes | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            # recv gives up by itself after SLICE; it is quicker than a poll before it.
            if left < SLICE and not socket.poll(math.ceil(left * 1000)):
                return None
            try:
                return socket.recv()
            except zmq.Again:
                if self._is_refused() or self._has_to_stop:
                    return None
        return None

    def _is_refused(self) -> bool:
        """Whether ZeroMQ reports that the daemon turns us away; then `hint` says why."""
        while self._monitor is not None and self._monitor.poll(0):
            event = parse_monitor_message(self._monitor.recv_multipart())
            if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self._refusal = (
                    f"The daemon does not allow this client's key, {self._keys.public if self._keys else 'none'}: "
                    "put it where the daemon's --allow-clients says"
                )
            elif event["event"] == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
                self._hang_ups += 1
            elif event["value"] & 0xFFFFFFFF == MECHANISM_MISMATCH:
                self._refusal = (
                    "The daemon there wants keys (CURVE): give server_key=... and client_key=..."
                    if self._keys is None
                    else "The daemon there has no keys: leave server_key out, or start it with --server-key"
                )
        return bool(self._refusal) or self._hang_ups >= HANG_UPS

    def _trust(self) -> None:
        """Ends the watch. ZeroMQ waits for a reader of its reports, and there is nothing more to learn from them."""
        self._is_suspicious = False
        if self._monitor is not None and self._socket is not None:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
        self._monitor = None

    def _failure(self, message: str) -> FaaSFarmError:
        self.disconnect()
        return FaaSFarmError(message)

    def _connected(self) -> zmq.Socket:
        pid = os.getpid()
        if self._pid != pid:
            # Sockets from before a fork belong to the parent; they are forgotten, not closed.
            self._socket = self._monitor = None
        if self._socket is None:
            self._pid = pid
            socket = _context().socket(zmq.REQ)
            try:
                socket.linger = 0
                socket.rcvtimeo = int(SLICE * 1000)
                self._check()
                socket.ipv6 = endpoints.needs_ipv6(self.endpoint)
                if self._keys is not None:
                    self._keys.apply(socket)
                if self._is_suspicious:
                    self._monitor = socket.get_monitor_socket(REFUSALS)
                socket.connect(self.endpoint)
            except (zmq.ZMQError, TypeError) as error:
                if self._monitor is not None:
                    self._monitor.close(linger=0)
                    self._monitor = None
                socket.close(linger=0)
                raise FaaSFarmError(f"cannot connect to {self.endpoint!r}: {error}; {endpoints.LOOKS}") from error
            self._socket = socket
        return self._socket

    def _check(self) -> None:
        """Refuses forms that ZeroMQ takes and then waits for ever, such as those for listening."""
        if fault := endpoints.fault(self.endpoint):
            raise TypeError(fault)
        host, _, port = str(self.endpoint).removeprefix("tcp://").rpartition(":")
        if host == "*" or port in ("*", "0"):
            raise TypeError(
                "* and port 0 are for listening: connect to the daemon's host and the port that it prints, such as "
                "tcp://127.0.0.1:5555"
            )

    def disconnect(self) -> None:
        """Closes the socket and drops what was not sent; the next request connects anew."""
        if self._socket is not None and self._pid == os.getpid():
            if self._monitor is not None:
                self._socket.disable_monitor()
                self._monitor.close(linger=0)
            self._socket.close(linger=0)
        self._socket = self._monitor = None


def _is_answer(reply: Any, request: pb.Request) -> bool:
    """Whether a reply is one to `request`, and not the second copy of an earlier one."""
    kind = reply.WhichOneof("kind")
    if kind not in ("error", request.WhichOneof("kind")):
        return False
    # What the daemon could not read it could not number either.
    return reply.request_id == request.request_id or (
        not reply.request_id and kind == "error" and reply.error.reason == pb.MALFORMED_REQUEST
    )
