"""A daemon in a thread, with the protocol's rules for request ids and a small environment, that can be made to fail.

The environment counts: an observation is [steps of the episode, the last action], a reward is the count.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import zmq
from faasfarm.v1 import faasfarm_pb2 as pb

LENGTH = 10
"""Steps of an episode."""


class StubDaemon:
    """Answers at once, unless told otherwise.

    Attributes:
        delay: seconds that a request takes, by its kind.
        drop: whether the request is lost on its way here.
        lose: whether its reply is lost on its way back.
        executed: how often each kind of request was executed.
        frames: all that came, lost ones too.
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
        self.executed: Counter[str] = Counter()
        self.frames: list[bytes] = []
        self.sessions: dict[str, StubSession] = {}
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
        if not self.lose(request):
            self.socket.send_multipart([*envelope, reply.SerializeToString()])

    def _answer(self, envelope: list[bytes], request: pb.Request, frame: bytes) -> None:
        kind = request.WhichOneof("kind")
        reply = pb.Reply(request_id=request.request_id, session_id=request.session_id)
        if kind in ("hello", "ping"):
            getattr(reply, kind).SetInParent()
        elif kind == "make":
            self.executed[kind] += 1
            session = f"session-{len(self.sessions)}"
            self.sessions[session] = StubSession()
            reply.make.CopyFrom(made(session, request.make))
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


class StubSession:
    """The state of one environment."""

    def __init__(self) -> None:
        self.last = 0
        self.frame = b""
        self.replies: dict[int, pb.Reply] = {}
        self.pending: tuple[float, list[bytes], pb.Request] | None = None
        self.steps: int | None = None

    def refusal(self, number: int, frame: bytes) -> pb.Error | None:
        if number > self.last + 1:
            return error(pb.INVALID_ARGUMENT, pb.REQUEST_GAP, "a gap")
        if number < self.last:
            return error(pb.INVALID_ARGUMENT, pb.STALE_REQUEST, "stale")
        if number == self.last and frame != self.frame:
            return error(pb.INVALID_ARGUMENT, pb.REQUEST_CHANGED, "changed")
        if number > self.last and self.pending:
            return error(pb.FAILED_PRECONDITION, pb.SESSION_BUSY, "busy", retry_after_ms=20)
        return None

    def execute(self, kind: str, request: pb.Request, reply: pb.Reply) -> None:
        if kind == "reset":
            self.steps = 0
            reply.reset.observation.CopyFrom(observation(0, 0))
            reply.reset.np_random_seed.extend(request.reset.seeds or [pb.Seed(words=[7])])
            reply.reset.episode_id.append("12")
        elif kind == "step":
            if self.steps is None:
                reply.error.CopyFrom(error(pb.FAILED_PRECONDITION, pb.RESET_NEEDED, "reset first"))
                return
            self.steps += 1
            action = request.step.action.integer
            reply.step.observation.CopyFrom(observation(self.steps, action))
            reply.step.reward = self.steps
            reply.step.truncated = self.steps == LENGTH
            reply.step.info.CopyFrom(information(self.steps))
        elif kind == "render":
            reply.render.text.append(f"step {self.steps}\n")
        else:
            getattr(reply, kind).SetInParent()


def error(code: int, reason: int, message: str, retry_after_ms: int = 0) -> pb.Error:
    return pb.Error(
        code=code, reason=reason, message=message, retryable=retry_after_ms > 0, retry_after_ms=retry_after_ms
    )


def observation(steps: int, action: int) -> pb.Value:
    data = np.array([steps, action], dtype="<f4").tobytes()
    return pb.Value(array=pb.Array(dtype=pb.FLOAT32, shape=[2], data=data))


def information(steps: int) -> pb.Info:
    mask = pb.Value(array=pb.Array(dtype=pb.INT8, shape=[5], data=bytes([1, 1, 1, 1, 1])))
    terms = pb.DictValue(entries=[pb.Entry(key="miss", value=pb.Value(number=-0.5))])
    values = {
        "action_mask": mask,
        "late": pb.Value(boolean=False),
        "note": pb.Value(text="so"),
        "steps": pb.Value(integer=steps),
        "terms": pb.Value(dict=terms),
    }
    return pb.Info(entries=[pb.InfoEntry(key=key, value=value) for key, value in values.items()])


def made(session: str, make: pb.Make.Request) -> pb.Make.Reply:
    reply = pb.Make.Reply(session_id=session, expected_step_s=0.01, expected_reset_s=0.01, kwargs=make.kwargs)
    reply.spec.id = make.id
    reply.spec.render_modes.append("ansi")
    reply.spec.render_fps = 1
    box = reply.single_observation_space.box
    box.dtype = pb.FLOAT32
    box.shape.append(2)
    box.low.append(0)
    box.high.append(100)
    reply.single_action_space.discrete.n = 5
    return reply
