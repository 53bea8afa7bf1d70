"""Whose turn it is: what has one socket is used by one thread at a time."""

import os
import threading
from collections.abc import Callable

from .errors import FaaSFarmError


class Turns:
    """One call at a time, whichever threads they come from; the others wait, and Ctrl-C ends their wait.

    Two threads in one ZeroMQ socket end the process. Each call has a deadline, so a wait for one has an end.
    """

    def __init__(self) -> None:
        """It is nobody's turn."""
        self._renew()

    def _renew(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._is_taken = False
        self._afterwards: Callable[[], None] | None = None

    def take(self) -> bool:
        """Waits for a turn, and takes it; `give_back` has to follow.

        Returns:
            False when this thread has it already, as in a signal's handler; then nothing is to be given back.
        """
        if self._pid != os.getpid():
            # The thread that had it stayed in the parent of this fork.
            self._renew()
        self._lock.acquire()
        if self._is_taken:
            self._lock.release()
            return False
        self._is_taken = True
        return True

    def give_back(self) -> None:
        """Ends a turn, and does what was put off until then."""
        self._is_taken = False
        self._lock.release()
        afterwards, self._afterwards = self._afterwards, None
        if afterwards is not None:
            afterwards()

    def put_off(self, what: Callable[[], None]) -> None:
        """Has `what` done at the end of this thread's own turn."""
        self._afterwards = what

    def __enter__(self) -> None:
        """Takes a turn.

        Raises:
            FaaSFarmError: this thread has it already: the call comes from a signal's handler, in the middle of another.
        """
        if not self.take():
            raise FaaSFarmError(
                "the environment is in the middle of another call of this very thread; from a signal's handler, only "
                "close() may be called"
            )

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.give_back()
