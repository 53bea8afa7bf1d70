"""A daemon in a thread, with the protocol's rules for request ids and small environments, that can be made to fail."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import zmq
from faasfarm.v1 import faasfarm_pb2 as pb
from stub_sessions import Session, StubSession, VectorSession, error, made


class StubDaemon:
    """Answers at once, unless told otherwise.

    Attributes:
        delay: seconds that a request takes, by its kind.
        drop: whether the request is lost on its way here.
        lose: whether its reply is lost on its way back.
        copies: how often a reply comes that is not lost.
        instead: what comes in place of a reply, by the request's kind.
        executed: how often each kind of request was executed.
        frames: all that came, lost ones too.
        vectors: whether it knows what num_envs is.
        mask: what steps of a vector have as action_mask.
    """

    def __init__(self, port: int | None = None) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        if port is None:
            port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        else:
            self.socket.bind(f"tcp://127.0.0.1:{port}")
        self.port = port
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.delay: dict[str, float] = {}
        self.drop: Callable[[pb.Request], bool] = lambda request: False
        self.lose: Callable[[pb.Request], bool] = lambda request: False
        self.copies = 1
        self.instead: dict[str, pb.Reply] = {}
        self.executed: Counter[str] = Counter()
        self.frames: list[bytes] = []
        self.sessions: dict[str, Session] = {}
        # Answers by nonce.
        self.makes: dict[bytes, pb.Reply] = {}
        self.vectors = True
        self.mask: np.ndarray | None = None
        self.stopping = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __enter__(self) -> "StubDaemon":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends it with everything it knows, as a kill does."""
        self.stopping = True
        self.thread.join()

    def kinds(self) -> list[str]:
        """What the frames asked for."""
        return [pb.Request.FromString(frame).WhichOneof("kind") for frame in self.frames]

    def _serve(self) -> None:
        while not self.stopping:
            for session in self.sessions.values():
                if session.pending and time.monotonic() >= session.pending[0]:
                    _, envelope, request = session.pending
                    session.pending = None
                    self._send(envelope, request, session.replies[request.request_id])
            if self.socket.poll(5):
                *envelope, frame = self.socket.recv_multipart()
                self.frames.append(frame)
                request = pb.Request.FromString(frame)
                if not self.drop(request):
                    self._answer(envelope, request, frame)
        self.socket.close()
        self.context.term()

    def _send(self, envelope: list[bytes], request: pb.Request, reply: pb.Reply) -> None:
        reply = self.instead.get(request.WhichOneof("kind"), reply)
        if not self.lose(request):
            for _ in range(self.copies):
                self.socket.send_multipart([*envelope, reply.SerializeToString()])

    def _answer(self, envelope: list[bytes], request: pb.Request, frame: bytes) -> None:
        kind = request.WhichOneof("kind")
        reply = pb.Reply(request_id=request.request_id, session_id=request.session_id)
        if kind in ("hello", "ping"):
            getattr(reply, kind).SetInParent()
        elif kind == "make" and request.nonce in self.makes:
            reply = self.makes[request.nonce]
        elif kind == "make":
            self.executed[kind] += 1
            self.makes[request.nonce] = reply
            session = f"session-{len(self.sessions)}"
            reply.make.CopyFrom(made(session, request.make))
            if request.make.HasField("num_envs") and self.vectors:
                self.sessions[session] = VectorSession(request.make, reply.make, self.mask)
            else:
                self.sessions[session] = StubSession()
        elif request.session_id not in self.sessions:
            reply.error.CopyFrom(error(pb.NOT_FOUND, pb.UNKNOWN_SESSION, "no such session"))
        else:
            session = self.sessions[request.session_id]
            if request.request_id == session.last and frame == session.frame and session.pending:
                session.pending = (session.pending[0], envelope, request)
                return
            if (refusal := session.refusal(request.request_id, frame)) is not None:
                reply.error.CopyFrom(refusal)
            elif request.request_id == session.last:
                reply = session.replies[request.request_id]
            else:
                session.last, session.frame = request.request_id, frame
                self.executed[kind] += 1
                session.execute(kind, request, reply)
                session.replies[request.request_id] = reply
                if self.delay.get(kind):
                    session.pending = (time.monotonic() + self.delay[kind], envelope, request)
                    return
        self._send(envelope, request, reply)
