"""A daemon as a child of this process, for environments that are made without an endpoint."""

import atexit
import json
import os
import select
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from .errors import FaaSFarmError

START_TIMEOUT = 30.0
"""Seconds that a daemon may take to say where it listens."""


@dataclass
class _Child:
    """A daemon that this process started, and how many environments use it."""

    process: subprocess.Popen
    endpoint: str
    pid: int
    users: int = 0


# An environment that is collected in the middle of `acquire` is released by the same thread.
_lock = threading.RLock()
_child: _Child | None = None


def acquire() -> str:
    """The endpoint of this process's daemon, which the first call starts.

    Raises:
        FaaSFarmError: there is no program to start, or it does not start.
    """
    global _child
    with _lock:
        if _child is None or _child.pid != os.getpid() or _child.process.poll() is not None:
            _child = _start()
        _child.users += 1
        return _child.endpoint


def release(endpoint: str) -> None:
    """An environment needs the daemon no longer; with the last one it ends."""
    with _lock:
        if _child is None or _child.pid != os.getpid() or _child.endpoint != endpoint:
            return
        _child.users -= 1
        if _child.users <= 0:
            _stop()


def _start() -> _Child:
    try:
        process = subprocess.Popen(
            [program(), "serve", "--port", "0", "--format", "json", "--until-stdin-closes"],
            # It ends when this pipe closes, however this process ends.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A Ctrl-C in the terminal is for the agent, which ends the daemon in its turn.
            start_new_session=True,
        )
    except OSError as error:
        raise FaaSFarmError(f"the daemon's program {program()} does not start: {error}") from error
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT)
        line = process.stdout.readline() if ready else b""
        return _Child(process, json.loads(line)["endpoint"], os.getpid())
    except (ValueError, KeyError) as error:
        _end(process, patience=0)
        raise FaaSFarmError(
            f"the daemon ({program()} serve) did not say where it listens; what it says is on standard error"
        ) from error
    except BaseException:
        _end(process, patience=0)
        raise


@atexit.register
def _stop() -> None:
    global _child
    if _child is not None and _child.pid == os.getpid():
        _end(_child.process, patience=5)
    _child = None


def _end(process: subprocess.Popen, patience: float) -> None:
    process.stdin.close()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _forget_in_fork() -> None:
    # A copy of the pipe's end in a fork would keep the daemon alive after its owner.
    if _child is not None and not _child.process.stdin.closed:
        _child.process.stdin.close()


os.register_at_fork(after_in_child=_forget_in_fork)


def program() -> str:
    """The path of the daemon's program: $FAASFARM_BIN, on the PATH, or built in a source tree around us.

    Raises:
        FaaSFarmError: it is nowhere.
    """
    if named := os.environ.get("FAASFARM_BIN"):
        return named
    if found := shutil.which("faasfarm"):
        return found
    for start in (Path.cwd(), Path(__file__).resolve()):
        for folder in (start, *start.parents):
            for build in ("release", "debug"):
                candidate = folder / ".build" / build / "faasfarm"
                if candidate.is_file():
                    return str(candidate)
    raise FaaSFarmError(
        "no endpoint was given, and the program faasfarm is not there to start a daemon with; give endpoint=..., "
        "or set FAASFARM_BIN, or build it with `swift build`"
    )
