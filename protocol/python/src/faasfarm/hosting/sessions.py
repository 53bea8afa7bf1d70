"""Sessions of a server: which request is executed, and the thread that executes it."""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..v1 import faasfarm_pb2 as pb
from .hosted import Hosted
from .refusal import Refusal


@dataclass
class Correspondent:
    """Who waits for a reply, and in which form."""

    envelope: list[bytes]
    is_json: bool


@dataclass
class Waiting:
    """A request that is not answered yet. Only the newest who asked is answered; None: nobody asks any more."""

    request_id: int
    asker: Correspondent | None


@dataclass
class Outcome:
    """What a call came to."""

    kind: str
    content: Any


class Worker:
    """The thread of a session, in which its environment is made, called and closed."""

    def __init__(self, complete: Callable[[Any, Outcome], None]) -> None:
        """Starts it.

        Args:
            complete: takes the label of a job that has ended, and what it came to; called in this thread.
        """
        self._jobs: queue.SimpleQueue[tuple[Any, Callable[[], Outcome]] | None] = queue.SimpleQueue()
        self._complete = complete
        # An environment that does not return must not keep the program from ending.
        threading.Thread(target=self._run, name="faasfarm-session", daemon=True).start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            label, call = job
            try:
                outcome = call()
            except Refusal as refusal:
                outcome = Outcome("error", refusal)
            except Exception as error:
                message = f"the server failed: {type(error).__name__}: {error}"
                outcome = Outcome("error", Refusal("INTERNAL", "ENV_CRASHED", message, is_over=True))
            self._complete(label, outcome)

    def submit(self, label: Any, call: Callable[[], Outcome]) -> None:
        """Has it called after what was submitted before."""
        self._jobs.put((label, call))

    def end(self) -> None:
        """Ends the thread after what was submitted before."""
        self._jobs.put(None)


@dataclass
class Session:
    """What the router knows of a session; only its thread touches it.

    Attributes:
        state: "made", "ready" or "done".
        running: the call under way.
        ending: why it ends; then nothing new is executed. A `Waiting` is a close's.
    """

    id: str
    hosted: Hosted
    worker: Worker
    lease_ends: float
    state: str = "made"
    running: Waiting | None = None
    ending: Waiting | str | None = None
    steps: int = 0
    episodes: int = 0
    _last: int = 0
    _frame: int = 0
    _reply: bytes | None = field(default=None, repr=False)

    def admit(self, number: int, frame: int) -> Refusal | bytes | bool:
        """Judges a request by its id: each id is executed once.

        Args:
            number: the request's id.
            frame: the hash of its bytes.

        Returns:
            True: execute it; False: it runs, its reply goes to the newest sender; the stored reply; or a refusal.
        """
        if number in (0, self._last + 1):
            return True
        if number == self._last and frame == self._frame:
            return False if self._reply is None else self._reply
        if number == self._last:
            message = f"request {number} was sent before with another content; a new request has the id {number + 1}"
            return Refusal("INVALID_ARGUMENT", "REQUEST_CHANGED", message)
        if number < self._last:
            message = f"request {number} is older than the session's last one, {self._last}; its reply is not kept"
            return Refusal("INVALID_ARGUMENT", "STALE_REQUEST", message)
        message = f"request {number} came where {self._last + 1} was expected; ids count 1, 2, 3, ... in a session"
        return Refusal("INVALID_ARGUMENT", "REQUEST_GAP", message)

    def accept(self, number: int, frame: int) -> None:
        """Uses up an id, so that it is not executed again. Requests without one leave no trace."""
        if number:
            self._last, self._frame, self._reply = number, frame, None

    def keep(self, reply: bytes, number: int) -> None:
        """Keeps the reply for those who ask again."""
        if number and number == self._last:
            self._reply = reply

    def judge(self, request: pb.Request) -> Refusal | Callable[[], Outcome]:
        """What a request asks of the environment, or why it is not executed."""
        kind, hosted = request.WhichOneof("kind"), self.hosted
        if kind == "reset":
            return lambda: Outcome("reset", hosted.reset(request.reset))
        if kind in ("step", "render") and self.state == "made":
            return Refusal("FAILED_PRECONDITION", "RESET_NEEDED", f"a {kind} before the first reset: call reset first")
        if kind == "step" and self.state == "done":
            return Refusal("FAILED_PRECONDITION", "RESET_NEEDED", "a step after the episode's end: call reset first")
        if kind == "step":
            return lambda: Outcome("step", hosted.step(hosted.action(request.step.action)))
        if kind == "render":
            return lambda: Outcome("render", hosted.render(request.render))
        message = f"this server does not offer {kind}; hello's capabilities say what it offers"
        return Refusal("UNIMPLEMENTED", "CAPABILITY_MISSING", message)

    def book(self, outcome: Outcome) -> None:
        """Goes to the state that a finished call leads to."""
        if outcome.kind == "error":
            if outcome.content.is_over:
                self.state = "done"
        elif outcome.kind == "reset":
            self.state = "ready"
            self.episodes += 1
        elif outcome.kind == "step":
            self.state = "done" if self.hosted.is_over else "ready"
            self.steps += 1


@dataclass
class Closed:
    """What a close was answered with."""

    request_id: int
    steps: int
    episodes: int
    reply: bytes


class Tombstones:
    """Sessions that have ended, as long as somebody may ask for them."""

    def __init__(self, capacity: int = 4096) -> None:
        """Remembers so many."""
        self._graves: OrderedDict[str, Closed | None] = OrderedDict()
        self._capacity = capacity

    def add(self, session: str, closed: Closed | None) -> None:
        """Remembers one; None: nobody closed it."""
        self._graves[session] = closed
        if len(self._graves) > self._capacity:
            self._graves.popitem(last=False)

    def __contains__(self, session: str) -> bool:
        """Whether it is remembered."""
        return session in self._graves

    def closed(self, session: str) -> Closed | None:
        """What its close was answered with."""
        return self._graves.get(session)


@dataclass
class Making:
    """A make under way."""

    frame: int
    asker: Correspondent | None
    worker: Worker


@dataclass
class Made:
    """A make that was answered."""

    frame: int
    reply: bytes
    at: float = field(default_factory=time.monotonic)
