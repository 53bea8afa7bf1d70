"""The loop of a server: it owns the ROUTER socket and the table of sessions."""

import logging
import secrets
import threading
import time
from collections import deque
from typing import Any

from ..served import VERSION
from ..v1 import faasfarm_pb2 as pb
from .hosted import Hosted, HostedVector
from .offer import Offer
from .port import Port, decode, encode, is_json
from .refusal import Refusal, bad_argument
from .sessions import Closed, Correspondent, Made, Making, Outcome, Session, Tombstones, Waiting, Worker
from .settings import Settings

log = logging.getLogger("faasfarm.hosting")

MAX_ENVELOPE = 16
"""Frames before the request, at most."""

MAX_DEPTH = 16
"""How deep values may be nested."""

NONCE_LIFE = 60.0
"""Seconds that an answered make is kept."""

STOPPING = Refusal("UNAVAILABLE", "SERVER_STOPPING", "the server is stopping; its sessions end with it")


class Router:
    """Serves until it is told to stop. One thread runs it; `stop` may be called from any."""

    def __init__(self, offers: list[Offer], settings: Settings) -> None:
        """Listens.

        Raises:
            FaaSFarmError: the endpoint cannot be listened on, or the keys cannot be read.
        """
        self._offers = {offer.spec.id: offer for offer in offers}
        self._settings = settings
        self._began = time.monotonic()
        self._instance = secrets.token_hex(16)
        self._sessions: dict[str, Session] = {}
        self._tombstones = Tombstones()
        self._making: dict[bytes, Making] = {}
        self._made: dict[bytes, Made] = {}
        self._completions: deque[tuple[Any, Outcome]] = deque()
        self._stop = threading.Event()
        self._is_stopping = False
        self._port = Port(settings)
        self.endpoint = self._port.endpoint

    def stop(self) -> None:
        """Ends `run`."""
        self._stop.set()
        self._port.ring()

    def _complete(self, label: Any, outcome: Outcome) -> None:
        self._completions.append((label, outcome))
        self._port.ring()

    def run(self) -> None:
        """Serves until `stop`; then until all environments are closed, or their time for that is over."""
        sweep = min(1.0, self._settings.idle_timeout / 4)
        try:
            following = time.monotonic() + sweep
            while not self._stop.is_set():
                self._turn(following)
                if time.monotonic() >= following:
                    self._expire()
                    following = time.monotonic() + sweep
        finally:
            # Ctrl-C leads here too.
            self._stop_all()
            end = time.monotonic() + self._settings.close_timeout
            while (self._sessions or self._making) and time.monotonic() < end:
                self._turn(end)
            if left := len(self._sessions) + len(self._making):
                log.error("%d environments did not close in time and are left behind", left)
            # The last replies leave within it.
            self._port.close(linger=200)

    def _turn(self, until: float) -> None:
        """Waits, books what has ended, answers what has come."""
        messages = self._port.wait(until)
        while self._completions:
            self._finish(*self._completions.popleft())
        for frames in messages:
            try:
                self._receive(frames)
            except Exception:
                # A defect of ours. Whoever sent it waits for nothing, and nobody else notices.
                log.exception("a message of %d frames could not be answered", len(frames))

    def _receive(self, frames: list[bytes]) -> None:
        *envelope, frame = frames
        if len(envelope) > MAX_ENVELOPE:
            log.debug("a message of %d frames was dropped", len(frames))
            return
        asker = Correspondent(envelope, is_json(frame))
        try:
            request = decode(frame, asker.is_json)
        except Exception as error:
            message = f"not a request in {'JSON' if asker.is_json else 'protobuf'}: {error or type(error).__name__}"
            self._send("error", Refusal("INVALID_ARGUMENT", "MALFORMED_REQUEST", message), asker)
            return
        kind = request.WhichOneof("kind")
        if self._is_stopping:
            self._reply(request, asker, STOPPING)
        elif kind is None:
            message = "the request says nothing to do, or something newer than this server: no hello, make, reset, ..."
            self._reply(request, asker, Refusal("INVALID_ARGUMENT", "MALFORMED_REQUEST", message))
        elif kind == "hello":
            self._reply(request, asker, self._greet(request.hello))
        elif kind == "list_envs":
            specs = [self._offers[name].spec for name in sorted(self._offers)]
            self._reply(request, asker, pb.ListEnvs.Reply(envs=specs))
        elif kind == "ping":
            self._reply(request, asker, self._ping(request))
        elif kind == "make":
            self._make(request, asker, hash(frame))
        else:
            self._in_session(request, asker, hash(frame))

    # Session-free requests.

    def _greet(self, hello: pb.Hello.Request) -> pb.Hello.Reply | Refusal:
        lowest = hello.protocol_min.major if hello.HasField("protocol_min") else 1
        highest = hello.protocol_max.major if hello.HasField("protocol_max") else max(1, lowest)
        if not lowest <= 1 <= highest:
            message = (
                f"this server speaks version 1 of the protocol, the client {lowest} to {highest}; upgrade the "
                f"{'server' if lowest > 1 else 'client'}"
            )
            return Refusal("FAILED_PRECONDITION", "PROTOCOL_VERSION", message)
        settings = self._settings
        limits = pb.Limits(
            max_message_bytes=settings.max_message_bytes,
            max_sessions=settings.max_sessions,
            max_num_envs=settings.max_num_envs,
            idle_timeout_s=settings.idle_timeout,
            max_depth=MAX_DEPTH,
        )
        return pb.Hello.Reply(
            server_name="faasfarm-python",
            server_version=VERSION,
            instance_id=self._instance,
            protocol=pb.ProtocolVersion(major=1),
            capabilities=["ansi", "autoreset", "json", "rgb_array", "vector"],
            limits=limits,
        )

    def _ping(self, request: pb.Request) -> pb.Ping.Reply | Refusal:
        reply = pb.Ping.Reply(sessions=len(self._sessions), uptime_s=time.monotonic() - self._began)
        if request.session_id:
            session = self._sessions.get(request.session_id)
            if session is None or session.ending is not None:
                return self._absence(request.session_id)
            self._renew(session)
            reply.state = "busy" if session.running else session.state
        return reply

    def _make(self, request: pb.Request, asker: Correspondent, frame: int) -> None:
        make, nonce = request.make, request.nonce or secrets.token_bytes(65)
        earlier = self._made.get(nonce) or self._making.get(nonce)
        limit = self._settings.max_num_envs
        if len(request.nonce) > 64:
            message = f"a nonce has 64 bytes at most, got {len(request.nonce)}"
            self._reply(request, asker, bad_argument("nonce", message))
        elif earlier is not None and earlier.frame != frame:
            message = "a make with this nonce came before with another content; each make has a nonce of its own"
            self._reply(request, asker, Refusal("INVALID_ARGUMENT", "REQUEST_CHANGED", message))
        elif isinstance(earlier, Made):
            self._port.send(earlier.reply, asker.envelope)
        elif isinstance(earlier, Making):
            earlier.asker = asker
        elif len(self._sessions) + len(self._making) >= self._settings.max_sessions:
            message = f"the server has its {self._settings.max_sessions} sessions; close one, or wait for one to expire"
            refusal = Refusal("RESOURCE_EXHAUSTED", "CAPACITY", message, retryable=True, retry_after_ms=1000)
            self._reply(request, asker, refusal)
        elif make.HasField("num_envs") and not 1 <= make.num_envs <= limit:
            message = f"num_envs must be 1 to {limit}, got {make.num_envs}"
            self._reply(request, asker, bad_argument("num_envs", message))
        elif make.id not in self._offers:
            message = f'no environment is called "{make.id}"; there are: {", ".join(sorted(self._offers))}'
            self._reply(request, asker, Refusal("NOT_FOUND", "UNKNOWN_ENV_ID", message))
        else:
            self._begin(make, nonce, asker, frame)

    def _begin(self, make: pb.Make.Request, nonce: bytes, asker: Correspondent, frame: int) -> None:
        worker = Worker(self._complete)
        self._making[nonce] = Making(frame, asker, worker)
        kind, offer = (HostedVector if make.HasField("num_envs") else Hosted), self._offers[make.id]
        worker.submit(nonce, lambda: Outcome("make", kind(offer, make)))

    def _finish_make(self, nonce: bytes, outcome: Outcome) -> None:
        making = self._making.pop(nonce)
        if outcome.kind == "error":
            # Not kept: nothing was made that a second make could make twice.
            making.worker.end()
            if making.asker is not None:
                self._send("error", outcome.content, making.asker)
            return
        session = Session(secrets.token_hex(16), outcome.content, making.worker, lease_ends=0)
        self._renew(session)
        self._sessions[session.id] = session
        if self._is_stopping:
            self._end(session, "stopping")
        if making.asker is not None:
            made = session.hosted.made(session.id)
            made.expected_step_s = self._settings.expected_step
            made.expected_reset_s = self._settings.expected_reset
            reply = self._send("make", made, making.asker, session=session.id)
            self._made[nonce] = Made(making.frame, reply)

    # Requests that belong to a session.

    def _in_session(self, request: pb.Request, asker: Correspondent, frame: int) -> None:
        session = self._sessions.get(request.session_id)
        if session is None or session.ending is not None:
            self._in_ended(request, asker)
            return
        self._renew(session)
        verdict = session.admit(request.request_id, frame)
        if isinstance(verdict, Refusal):
            self._reply(request, asker, verdict)
        elif isinstance(verdict, bytes):
            self._port.send(verdict, asker.envelope)
        elif not verdict:
            if session.running is not None:
                session.running.asker = asker
        elif request.WhichOneof("kind") == "close":
            session.accept(request.request_id, frame)
            self._end(session, Waiting(request.request_id, asker))
        elif session.running is not None:
            message = "the session's last request still runs; wait for its reply, or send it again under its own id"
            refusal = Refusal("FAILED_PRECONDITION", "SESSION_BUSY", message, retryable=True, retry_after_ms=100)
            self._reply(request, asker, refusal)
        else:
            session.accept(request.request_id, frame)
            call = session.judge(request)
            if isinstance(call, Refusal):
                # The id is used up, so that the refusal can be repeated.
                session.keep(self._reply(request, asker, call), request.request_id)
            else:
                session.running = Waiting(request.request_id, asker)
                session.worker.submit(session, call)

    def _in_ended(self, request: pb.Request, asker: Correspondent) -> None:
        """A close that is sent again gets its reply; all else comes too late."""
        name, session = request.session_id, self._sessions.get(request.session_id)
        if request.WhichOneof("kind") != "close":
            self._reply(request, asker, self._absence(name))
        elif session is not None and isinstance(session.ending, Waiting):
            session.ending = Waiting(request.request_id, asker)
        elif (closed := self._tombstones.closed(name)) is None:
            self._reply(request, asker, self._absence(name))
        elif closed.request_id == request.request_id:
            self._port.send(closed.reply, asker.envelope)
        else:
            self._reply(request, asker, pb.Close.Reply(steps=closed.steps, episodes=closed.episodes))

    def _absence(self, name: str) -> Refusal:
        """Why a session is not there."""
        if name in self._tombstones or name in self._sessions:
            silent = self._settings.idle_timeout
            message = f"the session has ended: it was closed, or silent for {silent:g} s; make again"
            return Refusal("NOT_FOUND", "SESSION_EXPIRED", message)
        message = "no such session; if the server was started anew, its sessions are gone: make again, then reset"
        if not name:
            message = "the request names no session; make an environment and send its session_id"
        return Refusal("NOT_FOUND", "UNKNOWN_SESSION", message)

    def _finish(self, label: Any, outcome: Outcome) -> None:
        """Books a finished job, and answers whoever waits for it."""
        if isinstance(label, bytes):
            self._finish_make(label, outcome)
        elif outcome.kind == "closed" or isinstance(label, str):
            self._finish_close(self._sessions.pop(label))
        else:
            session, running = label, label.running
            session.running = None
            self._renew(session)
            session.book(outcome)
            if running.asker is not None:
                number = running.request_id
                reply = self._send(outcome.kind, outcome.content, running.asker, number, session.id)
                session.keep(reply, number)

    def _finish_close(self, session: Session) -> None:
        session.worker.end()
        waiting, closed = session.ending, None
        if isinstance(waiting, Waiting) and waiting.asker is not None:
            content = pb.Close.Reply(steps=session.steps, episodes=session.episodes)
            reply = self._send("close", content, waiting.asker, waiting.request_id, session.id)
            closed = Closed(waiting.request_id, session.steps, session.episodes, reply)
        self._tombstones.add(session.id, closed)

    def _renew(self, session: Session) -> None:
        session.lease_ends = time.monotonic() + self._settings.idle_timeout

    def _end(self, session: Session, ending: Waiting | str) -> None:
        """Ends a session: its environment closes once the call under way has returned."""
        if session.ending is None:
            session.ending = ending

            def close() -> Outcome:
                session.hosted.close()
                return Outcome("closed", None)

            session.worker.submit(session.id, close)

    def _expire(self) -> None:
        now = time.monotonic()
        for session in self._sessions.values():
            if session.lease_ends < now and session.running is None and session.ending is None:
                log.info("a session was silent for %g s and is closed", self._settings.idle_timeout)
                self._end(session, "expired")
        self._made = {nonce: made for nonce, made in self._made.items() if now - made.at < NONCE_LIFE}

    def _stop_all(self) -> None:
        """Tells who waits that the server stops, and ends all sessions."""
        self._is_stopping = True
        for session in self._sessions.values():
            if session.running is not None and session.running.asker is not None:
                self._send("error", STOPPING, session.running.asker, session.running.request_id, session.id)
                session.running.asker = None
            self._end(session, "stopping")
        for making in self._making.values():
            if making.asker is not None:
                self._send("error", STOPPING, making.asker)
                making.asker = None

    # Replies.

    def _reply(self, request: pb.Request, asker: Correspondent, content: Any) -> bytes:
        kind = "error" if isinstance(content, Refusal) else request.WhichOneof("kind")
        return self._send(kind, content, asker, request.request_id, request.session_id)

    def _send(self, kind: str, content: Any, asker: Correspondent, number: int = 0, session: str = "") -> bytes:
        clock = int((time.monotonic() - self._began) * 1e9)
        reply = pb.Reply(request_id=number, session_id=session, server_time_ns=clock)
        getattr(reply, kind).CopyFrom(content.error if isinstance(content, Refusal) else content)
        getattr(reply, kind).SetInParent()
        encoded = encode(reply, asker.is_json)
        self._port.send(encoded, asker.envelope)
        return encoded
