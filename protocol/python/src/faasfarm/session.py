"""A session of a daemon: its requests are counted, and each is executed once."""

import contextlib
import os
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from .connection import Connection
from .errors import FaaSFarmError, RequestTooLong, ServerTimeout, SessionLost
from .v1 import faasfarm_pb2 as pb

PROTOCOL = 1
"""The major version of the protocol that this package speaks."""

QUICK = 0.2
"""Seconds that a daemon which is there has to show it, when a session ends."""

DRAIN = 30.0
"""Seconds more that a reset may take while the daemon is seen to live."""

FILLER = pb.Render.Request(indices=[0])
"""What is sent under an id that is to be used up: it changes nothing, whether it is executed or refused."""


class Session:
    """One environment in a daemon.

    Request ids count 1, 2, 3, ... . After a timeout it is not known whether the daemon got the request; then the next
    one is sent under the next id, and when the daemon says that there is a gap, the ids before it are used up first.

    Attributes:
        made: what the daemon answered to `make`: spec, spaces, expected times.
        id: the daemon's id of the session, and its secret.
        step_timeout: seconds within which a step is answered, when all is well.
        reset_timeout: the same of a reset.
    """

    def __init__(self, connection: Connection, make: pb.Make.Request, timeout: float, client_version: str) -> None:
        """Opens the session.

        Args:
            connection: the session's own.
            make: the environment to make.
            timeout: the least seconds that any call may take.
            client_version: what the daemon may log.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
        """
        self._connection = connection
        self._timeout = timeout
        # The last id that the daemon is known to have used, and how many later ones it may have used.
        self._confirmed = 0
        self._uncertain = 0
        self._pid = os.getpid()
        self._is_open = True
        hello = pb.Hello.Request(client_name="faasfarm-python", client_version=client_version)
        hello.protocol_min.major = hello.protocol_max.major = PROTOCOL
        try:
            greeting = connection.request(pb.Request(hello=hello, nonce=uuid.uuid4().bytes), timeout).hello
            connection.limit = greeting.limits.max_message_bytes or None
            # A live farm may have to be deployed first, and nothing is expected of it yet.
            reply = connection.request(pb.Request(make=make, nonce=uuid.uuid4().bytes), timeout + 30)
        except BaseException:
            connection.disconnect()
            raise
        self.made = reply.make
        self.id = self.made.session_id
        self.step_timeout = max(timeout, 3 * self.made.expected_step_s + timeout / 2)
        self.reset_timeout = max(timeout, 3 * self.made.expected_reset_s + timeout / 2)

    @property
    def is_foreign(self) -> bool:
        """Whether this process is a fork of the one that opened the session."""
        return self._pid != os.getpid()

    def step(self, request: pb.Request, read: Callable[[bytes], Any] = pb.Reply.FromString) -> Any:
        """A step; see `call`."""
        return self.call(request, self.step_timeout, self.made.expected_step_s, read)

    def reset(self, request: pb.Request) -> pb.Reply:
        """A reset; see `call`.

        The calls of the last episode may have to end first: a daemon that answers a ping gets `DRAIN` seconds more.
        """
        try:
            return self.call(request, self.reset_timeout, self.made.expected_reset_s)
        except ServerTimeout:
            self._ping(5 * QUICK)
            # The same request, in the same bytes.
            return self._send_after_silence(request, DRAIN, DRAIN / 10)

    def call(
        self,
        request: pb.Request,
        deadline: float | None = None,
        expected: float = 0.0,
        read: Callable[[bytes], Any] = pb.Reply.FromString,
    ) -> Any:
        """Sends a request, and again when its reply does not come.

        Args:
            request: its id and session are filled in here.
            deadline: seconds in all; None: the session's timeout.
            expected: seconds that the daemon needs when all is well.
            read: makes of the reply's frame what is returned.

        Raises:
            ServerTimeout: no reply in time, or an earlier request runs on.
            SessionLost: the session has ended.
            FaaSFarmError: the daemon's error reply.
        """
        if not self._is_open:
            raise SessionLost("the environment is closed; make it again", reason="UNKNOWN_SESSION")
        deadline = self._timeout if deadline is None else deadline
        attempt = max(min(expected + 2, deadline / 3), 0.2)
        request.session_id = self.id
        request.request_id = self._confirmed + self._uncertain + 1
        request.deadline_ms = int(deadline * 1000)
        if not self._uncertain:
            return self._send(request, deadline, attempt, read)
        return self._send_after_silence(request, deadline, attempt, read)

    def _send(
        self,
        request: pb.Request,
        deadline: float,
        attempt: float,
        read: Callable[[bytes], Any] = pb.Reply.FromString,
    ) -> Any:
        answered, sent = False, True
        try:
            reply = self._connection.request(request, deadline, attempt, read)
            answered = True
        except RequestTooLong:
            sent = False
            raise
        except FaaSFarmError as error:
            answered = bool(error.code) and error.reason not in ("REQUEST_GAP", "REQUEST_CHANGED", "SESSION_BUSY")
            raise
        finally:
            if answered:
                self._confirmed, self._uncertain = request.request_id, 0
            elif sent:
                self._uncertain = max(self._uncertain, request.request_id - self._confirmed)
        return reply

    def _send_after_silence(
        self,
        request: pb.Request,
        deadline: float,
        attempt: float,
        read: Callable[[bytes], Any] = pb.Reply.FromString,
    ) -> Any:
        """Sends a request before which others may have got lost, and waits for what the daemon still does of them."""
        end = time.monotonic() + deadline
        last: FaaSFarmError | None = None
        while (left := end - time.monotonic()) > 0:
            try:
                return self._send(request, left, attempt, read)
            except FaaSFarmError as error:
                last = error
                if error.reason == "REQUEST_GAP":
                    if not self._fill(request.request_id, end, attempt):
                        break
                elif error.reason == "SESSION_BUSY":
                    self._wait(error, end)
                else:
                    raise
        raise self._timeout_of(request, deadline) from last

    def _fill(self, request_id: int, end: float, attempt: float) -> bool:
        """Uses up all ids before `request_id`, so that a lost request which turns up after all is not executed.

        The daemon gets something that changes nothing in their place: a render, which may well be refused.

        Returns:
            Whether that was done in time.
        """
        while self._confirmed + 1 < request_id and (left := end - time.monotonic()) > 0:
            filler = pb.Request(session_id=self.id, request_id=self._confirmed + 1, render=FILLER)
            try:
                self._connection.request(filler, left, attempt)
            except ServerTimeout:
                return False
            except FaaSFarmError as error:
                if error.reason == "SESSION_BUSY":
                    self._wait(error, end)
                    continue
                # Refused, an id is used up as well; of one that was used before, another request is refused.
                if not error.code or isinstance(error, SessionLost):
                    raise
            self._uncertain = max(0, self._uncertain - 1)
            self._confirmed += 1
        return self._confirmed + 1 >= request_id

    def interrupt(self) -> None:
        """Ends a call under way in another thread with `SessionLost`, before this session is closed."""
        self._connection.interrupt()

    def _ping(self, deadline: float) -> None:
        """Returns when the daemon is seen to live; an id of its own keeps apart the replies to earlier requests."""
        self._connection.request(pb.Request(request_id=random.getrandbits(62) + 1, ping=pb.Ping.Request()), deadline)

    @staticmethod
    def _wait(busy: FaaSFarmError, end: float) -> None:
        time.sleep(max(0.0, min(busy.retry_after or 0.1, end - time.monotonic())))

    def _timeout_of(self, request: pb.Request, deadline: float) -> ServerTimeout:
        kind = request.WhichOneof("kind") or "request"
        return ServerTimeout(kind, self._connection.endpoint, deadline, self._connection.hint)

    def close(self, patience: float = 10.0) -> None:
        """Ends the session. Quiet, and quick when the daemon does not answer; a second time does nothing.

        Args:
            patience: seconds to wait for a daemon that is there and gives its workers back.
        """
        if not self._is_open:
            return
        self._connection.end_calmly()
        try:
            # In a fork the session is the parent's.
            if not self.is_foreign:
                request = pb.Request(close=pb.Close.Request())
                with contextlib.suppress(FaaSFarmError):
                    try:
                        self.call(request, QUICK, QUICK)
                    except ServerTimeout:
                        if patience > 0:
                            self._ping(QUICK)
                            self._send_after_silence(request, patience, patience / 3)
        finally:
            self._is_open = False
            self._connection.disconnect()
