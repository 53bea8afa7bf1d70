"""Where a server listens: its sockets, and messages to bytes and back."""

import contextlib
import json
import logging
import math
import re
import socket
import time
from pathlib import Path
from typing import Any

import zmq
from google.protobuf import json_format

from ..errors import FaaSFarmError
from ..keys import Keys
from ..v1 import faasfarm_pb2 as pb
from .replies import make_readable
from .settings import Settings
from .zap import Admission

log = logging.getLogger("faasfarm.hosting")

BATCH = 64
"""Messages that are taken at a time, so that what has ended is answered under any load."""


_JSON = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*["}]')
"""A text of JSON, also behind white space and a byte order mark: no binary message goes on like that."""

_SPECIAL = ("NaN", "Infinity", "-Infinity")
"""The numbers that JSON has as texts."""


def is_json(frame: bytes) -> bool:
    """Whether a frame is JSON, and is to be answered so."""
    return frame[:1] == b"{" or _JSON.match(frame) is not None


def decode(frame: bytes, in_json: bool) -> pb.Request:
    """A request; whatever is raised means that the frame is none."""
    if not frame:
        raise ValueError("the frame is empty")
    if not in_json:
        return pb.Request.FromString(frame)
    # What is nested deeper than Python's own reader goes is a RecursionError.
    fields = json.loads(frame.decode("utf-8-sig"), object_pairs_hook=_once)
    _check_numbers(fields)
    return json_format.ParseDict(fields, pb.Request(), ignore_unknown_fields=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError(f"a field comes twice among {[name for name, _ in pairs]}")
    return fields


def _check_numbers(field: Any, name: str = "") -> None:
    """A number in quotation marks is no other than without: the library makes an infinity of one that is too large.

    Raises:
        ValueError: there is such a one.
    """
    if isinstance(field, dict):
        for key, value in field.items():
            _check_numbers(value, key)
    elif isinstance(field, list):
        for item in field:
            _check_numbers(item, name)
    elif name in ("number", "values") and isinstance(field, str) and field not in _SPECIAL:
        if field != field.strip():
            raise ValueError(f'"{field}" is no number: there are spaces around it')
        if not math.isfinite(float(field)):
            raise ValueError(f'"{field}" is beyond the range of double precision; infinities are "Infinity"')


def encode(reply: pb.Reply, in_json: bool) -> bytes:
    """The bytes of a reply, which JSON changes to a form for people."""
    if not in_json:
        return reply.SerializeToString()
    make_readable(reply)
    fields = json_format.MessageToDict(reply, preserving_proto_field_name=True)
    return json.dumps(fields, separators=(",", ":")).encode()


class Port:
    """The ROUTER socket, the bell that other threads ring, and the admission of clients with keys."""

    def __init__(self, settings: Settings) -> None:
        """Listens.

        Raises:
            FaaSFarmError: the endpoint cannot be listened on, or keys cannot be read.
        """
        keys, allowed = settings.keys(), settings.allowed()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._admission = None if keys is None else Admission(self._context, allowed)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._ear, zmq.POLLIN)
        if self._admission is not None:
            self._poller.register(self._admission.socket, zmq.POLLIN)
        try:
            self.endpoint = self._listen(settings, keys)
        except BaseException:
            self.close(linger=0)
            raise

    def _listen(self, settings: Settings, keys: Keys | None) -> str:
        router = self._socket
        router.maxmsgsize = settings.max_message_bytes
        router.router_mandatory = True
        # A client that comes again under its old routing id is heard at once, and the old connection ends.
        router.router_handover = True
        router.heartbeat_ivl = 10_000
        router.ipv6 = "[" in settings.endpoint
        if keys is not None:
            router.curve_server = True
            router.curve_secretkey = keys.secret.encode()
        try:
            router.bind(settings.bind_to)
        except zmq.ZMQError as error:
            hint = "; another server may be there: choose another port, or port 0 for a free one"
            raise FaaSFarmError(
                f"cannot listen on {settings.endpoint}: {error}{hint if error.errno == zmq.EADDRINUSE else ''}"
            ) from error
        endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)
        if endpoint.startswith("ipc:///"):
            Path(endpoint.removeprefix("ipc://")).chmod(0o600)
        return endpoint

    def ring(self) -> None:
        """From any thread: ends a `wait`."""
        # A full bell rings already; a closed one is heard by nobody.
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def wait(self, until: float) -> list[list[bytes]]:
        """Waits for messages or the bell.

        Args:
            until: when to give up, on `time.monotonic`'s clock.

        Returns:
            The frames of each message that has come.
        """
        ready = dict(self._poller.poll(max(0, int((until - time.monotonic()) * 1000) + 1)))
        if self._ear.fileno() in ready:
            self._ear.recv(4096)
        if self._admission is not None and self._admission.socket in ready:
            self._admission.answer()
        messages: list[list[bytes]] = []
        if self._socket in ready:
            with contextlib.suppress(zmq.Again):
                while len(messages) < BATCH:
                    messages.append(self._socket.recv_multipart(zmq.DONTWAIT))
        return messages

    def send(self, reply: bytes, envelope: list[bytes]) -> None:
        """Sends the bytes of a reply, behind the frames that came before its request."""
        try:
            self._socket.send_multipart([*envelope, reply], zmq.DONTWAIT)
        except zmq.ZMQError:
            log.debug("a reply's peer is gone")

    def close(self, linger: int) -> None:
        """Hangs up.

        Args:
            linger: milliseconds in which the last replies leave.
        """
        self._socket.close(linger=linger)
        if self._admission is not None:
            self._admission.socket.close(linger=0)
        self._bell.close()
        self._ear.close()
        self._context.term()
