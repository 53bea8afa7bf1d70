"""Lines between clients and a daemon that lose, delay and repeat messages, and hang up: at random, from a seed."""

import contextlib
import heapq
import random
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass

import zmq


@dataclass(frozen=True)
class Odds:
    """Of each message, in either direction."""

    drop: float = 0.02
    # Comes later, and so perhaps after ones that were sent later.
    delay: float = 0.03
    # Comes again, at once or later.
    repeat: float = 0.03
    longest_delay: float = 0.8


class Line:
    """A thread that carries messages between a client and a daemon, for as long as a `with` block takes."""

    def _start(self) -> None:
        self._is_stopping = False
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        was_alive = self._thread.is_alive()
        self._is_stopping = True
        self._thread.join()
        assert was_alive, "the line itself has failed; see the exception in its thread"
        self._hang_up()

    def _carry(self) -> None:
        raise NotImplementedError

    def _hang_up(self) -> None:
        raise NotImplementedError


class BadLine(Line):
    """Loses, delays, repeats and reorders whole messages.

    Attributes:
        endpoint: where clients connect.
        fates: how many messages met which fate.
    """

    def __init__(self, daemon: str, seed: int, odds: Odds | None = None) -> None:
        self.fates: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._odds = odds or Odds()
        self._context = zmq.Context()
        self._front = self._context.socket(zmq.ROUTER)
        self._back = self._context.socket(zmq.DEALER)
        for end in (self._front, self._back):
            end.linger = 0
        port = self._front.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self._back.connect(daemon)
        # Messages that come later: when, in which order, to whom, what.
        self._later: list[tuple[float, int, zmq.Socket, list[bytes]]] = []
        self._start()

    def _hang_up(self) -> None:
        self._front.close()
        self._back.close()
        self._context.term()

    def _carry(self) -> None:
        poller = zmq.Poller()
        poller.register(self._front, zmq.POLLIN)
        poller.register(self._back, zmq.POLLIN)
        others = {self._front: self._back, self._back: self._front}
        while not self._is_stopping:
            for end, _ in poller.poll(5):
                self._meet(others[end], end.recv_multipart())
            while self._later and self._later[0][0] <= time.monotonic():
                _, _, end, message = heapq.heappop(self._later)
                self._pass(end, message)

    def _meet(self, end: zmq.Socket, message: list[bytes]) -> None:
        odds, chance = self._odds, self._random.random()
        if chance < odds.drop:
            self.fates["dropped"] += 1
        elif chance < odds.drop + odds.delay:
            self.fates["delayed"] += 1
            self._keep(end, message)
        else:
            self.fates["passed"] += 1
            self._pass(end, message)
            if self._random.random() < odds.repeat:
                self.fates["repeated"] += 1
                self._keep(end, message)

    def _keep(self, end: zmq.Socket, message: list[bytes]) -> None:
        when = time.monotonic() + self._random.random() * self._odds.longest_delay
        heapq.heappush(self._later, (when, self.fates.total(), end, message))

    @staticmethod
    def _pass(end: zmq.Socket, message: list[bytes]) -> None:
        with contextlib.suppress(zmq.Again):
            end.send_multipart(message, zmq.DONTWAIT)


class CutLine(Line):
    """Hangs up at random, in the middle of a message too, politely or not.

    Attributes:
        endpoint: where clients connect.
        cuts: connections that were cut.
    """

    def __init__(self, daemon: str, seed: int, odds: float = 0.02) -> None:
        self.cuts = 0
        self._random = random.Random(seed)
        self._odds = odds
        host, port = daemon.removeprefix("tcp://").rsplit(":", 1)
        self._daemon = (host, int(port))
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._start()

    def _hang_up(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _carry(self) -> None:
        while not self._is_stopping:
            for key, _ in self._selector.select(0.05):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj.fileno() >= 0:
                    self._forward(key.fileobj, key.data)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            # Gone again before it was let in.
            return
        try:
            daemon = socket.create_connection(self._daemon, timeout=5)
        except OSError:
            client.close()
            return
        for end, other in ((client, daemon), (daemon, client)):
            end.settimeout(5)
            self._selector.register(end, selectors.EVENT_READ, other)

    def _forward(self, end: socket.socket, other: socket.socket) -> None:
        try:
            data = end.recv(65_536)
            if data and self._random.random() < self._odds:
                self.cuts += 1
                other.sendall(data[: self._random.randrange(len(data))])
                if self._random.random() < 0.5:
                    # A reset in place of an end.
                    for side in (end, other):
                        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                data = b""
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for side in (end, other):
                self._selector.unregister(side)
                side.close()
