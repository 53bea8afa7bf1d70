"""Frames that are nearly requests, sent to a daemon from many sides. The same ones for the same seed."""

import json
import random
import time
from pathlib import Path

import zmq
from faasfarm.v1 import faasfarm_pb2 as pb

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"

# Numbers and lengths at the ends of their ranges, words of JSON that are nearly right.
PIECES = [
    *(bytes([0xFF] * n + [last]) for n in (4, 8, 9, 12) for last in (0x01, 0x0F, 0x7F)),
    *(bytes(n) for n in (1, 4, 64)),
    b"\x00\x00\x00\x00\x00\x00\xf0\x7f",
    *rb'{ } [ ] , : " null true 1e999 -0 NaN "Infinity" 4294967296 "\ud800"'.split(),
    b'"shape":[4294967295,4294967295],',
    b'"values":[1e308,null],',
    b'"num_envs":4294967295,',
    b'"request_id":"-1",',
]


class Mutator:
    """Frames from a corpus, changed in a few places."""

    def __init__(self, corpus: list[bytes], seed: int) -> None:
        self.corpus = corpus
        self.random = random.Random(seed)

    def frame(self) -> bytes:
        chance = self.random
        frame = bytearray(chance.choice(self.corpus))
        for _ in range(chance.randrange(4)):
            place, length = chance.randrange(len(frame) + 1), chance.randrange(1, 12)
            kind = chance.randrange(8)
            if kind == 0 and place < len(frame):
                frame[place] ^= 1 << chance.randrange(8)
            elif kind == 1 and place < len(frame):
                frame[place] = chance.randrange(256)
            elif kind == 2:
                del frame[place:]
            elif kind == 3:
                del frame[place : place + length]
            elif kind == 4:
                frame[place:place] = chance.randbytes(length)
            elif kind == 5:
                frame[place:place] = frame[place : place + length]
            elif kind == 6:
                frame[place:place] = chance.choice(PIECES)
            else:
                frame[place:] = chance.choice(self.corpus)[place:]
        return bytes(frame[:8192])


class Fuzzer:
    """Sends mutated frames over several sockets, many under way at once.

    Attributes:
        sent: frames so far.
        answered: replies so far.
        kinds: of the replies, how many of which kind.
    """

    def __init__(self, endpoint: str, seed: int, sockets: int = 8) -> None:
        self.sent = self.answered = 0
        self.kinds: dict[str, int] = {}
        self._endpoint = endpoint
        self._context = zmq.Context()
        corpus = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
        self._random = random.Random(seed)
        # Of frames that would all be refused for want of a session, nothing would be learned.
        self._sessions: list[str] = []
        self._mutator = Mutator(corpus, seed)
        self._sockets = [self._socket() for _ in range(sockets)]
        self._sessions = [self._session() for _ in range(sockets)]
        self._own = [self._calls(session) for session in self._sessions]

    def __enter__(self) -> "Fuzzer":
        return self

    def __exit__(self, *_: object) -> None:
        for socket in self._sockets:
            socket.close(linger=0)
        self._context.term()

    def run(self, frames: int, seconds: float) -> None:
        """Sends so many; a daemon that leaves the line unanswered for `seconds` hangs."""
        end = self.sent + frames
        while self.sent < end:
            for index, socket in enumerate(self._sockets):
                for _ in range(min(16, end - self.sent)):
                    self._send(socket, self._frame(index))
            self._take()
        self._settle(seconds)

    def _frame(self, index: int) -> bytes:
        if self._random.random() < 0.5:
            return self._mutator.frame()
        # A call of a session that there is, with at most one thing wrong.
        call = self._random.choice(self._own[index])
        call.request_id = self._random.choice((0, 0, 1, 2, self._random.getrandbits(63)))
        frame = bytearray(call.SerializeToString())
        if frame and self._random.random() < 0.7:
            frame[self._random.randrange(len(frame))] ^= 1 << self._random.randrange(8)
        return bytes(frame)

    def _send(self, socket: zmq.Socket, frame: bytes) -> None:
        envelope = [b""] if self._random.random() < 0.95 else [self._random.randbytes(3)] * self._random.randrange(20)
        try:
            socket.send_multipart([*envelope, frame], zmq.DONTWAIT)
            self.sent += 1
        except zmq.Again:
            self._take()

    def _take(self) -> None:
        for socket in self._sockets:
            while socket.poll(0):
                self._count(socket, socket.recv_multipart()[-1])

    def _count(self, socket: zmq.Socket, frame: bytes) -> None:
        self.answered += 1
        if frame[:1] == b"{":
            kind, session = "json", json.loads(frame).get("make", {}).get("session_id")
        else:
            reply = pb.Reply.FromString(frame)
            kind, session = reply.WhichOneof("kind") or "empty", reply.make.session_id
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if session:
            # Made by accident; what it takes is not to be counted.
            close = pb.Request(session_id=session, close=pb.Close.Request())
            socket.send_multipart([b"", close.SerializeToString()])

    def _settle(self, seconds: float) -> None:
        """Waits until the daemon has worked off what was sent: a ping on each socket comes back."""
        for socket in self._sockets:
            mark = self._random.getrandbits(62) + 1
            socket.send_multipart([b"", pb.Request(request_id=mark, ping=pb.Ping.Request()).SerializeToString()])
            end = time.monotonic() + seconds
            while True:
                assert socket.poll(max(0, (end - time.monotonic()) * 1000)), f"no reply in {seconds} s: a hang"
                frame = socket.recv_multipart()[-1]
                self._count(socket, frame)
                if frame[:1] != b"{" and pb.Reply.FromString(frame).request_id == mark:
                    break

    def _socket(self) -> zmq.Socket:
        socket = self._context.socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(self._endpoint)
        return socket

    def _session(self) -> str:
        """A session of a small vector, which takes every kind of call."""
        socket = self._sockets[len(self._sessions)]
        make = pb.Make.Request(id="faasfarm/CartPole-v1", num_envs=2, render_mode="ansi")
        socket.send_multipart([b"", pb.Request(make=make).SerializeToString()])
        assert socket.poll(30_000), "no session in 30 s"
        return pb.Reply.FromString(socket.recv_multipart()[-1]).make.session_id

    def _calls(self, session: str) -> list[pb.Request]:
        action = pb.Value(array=pb.Array(values=[0, 1]))
        return [
            pb.Request(session_id=session, reset=pb.Reset.Request(seeds=[pb.Seed(words=[1, 2])], reset_mask=[1, 0])),
            pb.Request(session_id=session, reset=pb.Reset.Request()),
            pb.Request(session_id=session, step=pb.Step.Request(action=action)),
            pb.Request(session_id=session, render=pb.Render.Request(indices=[1])),
            pb.Request(session_id=session, ping=pb.Ping.Request()),
        ]
