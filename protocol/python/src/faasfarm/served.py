"""What environments and vectors of them have in common: a session in a daemon, made from their arguments."""

import contextlib
import copy
import dataclasses
import enum
import functools
from pathlib import Path
from typing import Any

import numpy as np

from . import daemon, values
from .connection import Connection
from .errors import FaaSFarmError, SessionLost
from .keys import Keys
from .session import Session
from .turns import Turns
from .v1 import faasfarm_pb2 as pb

VERSION = "0.1.0"

LONGEST = 1e6
"""Seconds of a timeout at most; milliseconds of it are 32 bits on the wire."""

SCENARIO_FILES = (".yaml", ".yml")
"""How the names of files end that are given as a text."""


class Served:
    """Opens a session, at most one in each process, and ends it.

    It pickles, copies and passes a fork as its arguments: what comes out opens its own session, which is to be reset.

    Calls of several threads wait for one another; one that ends it interrupts the others.
    """

    _session: Session | None = None
    _turns: Turns | None = None
    _own_daemon: str | None = None
    _spec: Any = None

    def _serve(self, constructor: dict[str, Any], make: pb.Make.Request) -> pb.Make.Reply:
        """Opens the session.

        Args:
            constructor: all arguments that the class was made with; `endpoint`, `timeout` and the keys are used here.
            make: what the daemon is to make.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
            ValueError: no such timeout.
        """
        timeout = constructor["timeout"]
        # NaN is none of them.
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float, np.number)) or not 0 < timeout <= LONGEST:
            raise ValueError(f"timeout must be a number of seconds, more than 0 and up to {LONGEST:g}, got {timeout!r}")
        self._constructor = constructor
        self._make = make
        self._turns = Turns()
        self._open()
        return self._session.made

    def _open(self) -> None:
        endpoint = self._constructor["endpoint"]
        keys = Keys.of(self._constructor["server_key"], self._constructor["client_key"])
        if endpoint is None and keys is not None:
            raise FaaSFarmError("server_key needs endpoint: a daemon of this process's own has no keys")
        if endpoint is None:
            endpoint = self._own_daemon = daemon.acquire()
        try:
            self._session = Session(Connection(endpoint, keys), self._make, self._constructor["timeout"], VERSION)
        except BaseException:
            self._release()
            raise

    @property
    def session(self) -> Session:
        """The session in the daemon. A fork of this process gets one of its own, which needs a reset."""
        if self._session is None:
            raise SessionLost("the environment is closed; make it again", reason="UNKNOWN_SESSION")
        if self._session.is_foreign:
            self._open()
        return self._session

    @property
    def made_with(self) -> dict[str, Any]:
        """The arguments that it was made with, defaults filled in by the daemon: of a farm also `backend`."""
        return {entry.key: values.decode(entry.value) for entry in self.session.made.kwargs}

    @property
    def spec(self) -> Any:
        """Gymnasium's spec, of which JSON can be made; whether the environment is deterministic, the daemon says."""
        return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        if spec is not None:
            spec = dataclasses.replace(
                spec,
                nondeterministic=self.session.made.spec.nondeterministic,
                kwargs={name: _plain(value, name) for name, value in spec.kwargs.items()},
            )
        self._spec = spec

    def _end(self, patience: float = 10.0) -> None:
        """Ends the session, and the daemon with it when it is this process's own and has no other.

        A call under way in another thread ends with `SessionLost`.
        """
        session, turns = self._session, self._turns
        if turns is None:
            # It was never made.
            self._release()
            return
        if session is not None:
            session.interrupt()
        if not turns.take():
            # A signal's handler, in the middle of a call of this thread: that one is interrupted first.
            turns.put_off(functools.partial(self._end, patience))
            return
        try:
            session, self._session = self._session, None
            try:
                if session is not None:
                    session.close(patience)
            finally:
                self._release()
        finally:
            turns.give_back()

    def _release(self) -> None:
        endpoint, self._own_daemon = self._own_daemon, None
        if endpoint is not None:
            daemon.release(endpoint)

    def __reduce__(self) -> tuple:
        """Pickles as its arguments: the copy opens a session of its own."""
        return _rebuild, (type(self), self._constructor, self.spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Served":
        """A copy opens a session of its own, and is to be reset."""
        return _rebuild(type(self), copy.deepcopy(self._constructor, memo), copy.deepcopy(self.spec, memo))

    def __del__(self) -> None:
        """Ends the session without waiting for it."""
        # The interpreter may be ending, and half of it gone.
        with contextlib.suppress(Exception):
            self._end(patience=0)


def _rebuild(kind: type, constructor: dict[str, Any], spec: Any) -> Any:
    made = kind(**constructor)
    made.spec = spec
    return made


def _plain(value: Any, name: str) -> Any:
    """An argument as JSON has it, from which the same environment is made."""
    if isinstance(value, Path):
        is_read_by_name = name != "scenario" or value.suffix in SCENARIO_FILES
        return str(value) if is_read_by_name else value.read_text(encoding="utf-8")
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _plain(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, "") for item in value]
    return value


def arguments(given: dict[str, Any]) -> list[pb.Entry]:
    """An environment's own arguments for the wire; a scenario that is a file's name is read."""
    scenario = given.get("scenario")
    if isinstance(scenario, Path) or (isinstance(scenario, str) and scenario.endswith(SCENARIO_FILES)):
        given = given | {"scenario": Path(scenario).read_text(encoding="utf-8")}
    return values.entries(given)
