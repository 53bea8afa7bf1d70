"""A daemon as a child of this process, for environments that are made without an endpoint."""

import atexit
import json
import os
import select
import shutil
import subprocess
import threading
from pathlib import Path

from .errors import FaaSFarmError

_lock = threading.Lock()
_child: tuple[int, subprocess.Popen, str] | None = None


def endpoint() -> str:
    """The endpoint of this process's daemon, which is started on the first call and ends with the process."""
    global _child
    with _lock:
        if _child is not None and _child[0] == os.getpid() and _child[1].poll() is None:
            return _child[2]
        process = subprocess.Popen(
            [program(), "serve", "--port", "0", "--format", "json", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        ready, _, _ = select.select([process.stdout], [], [], 30)
        line = process.stdout.readline() if ready else b""
        if not line:
            process.kill()
            process.wait()
            raise FaaSFarmError("the daemon did not say where it listens; its own words are on standard error")
        if _child is None:
            atexit.register(stop)
        _child = (os.getpid(), process, json.loads(line)["endpoint"])
        return _child[2]


def stop() -> None:
    """Ends the daemon that this process started, if it did."""
    global _child
    if _child is None or _child[0] != os.getpid():
        return
    process = _child[1]
    _child = None
    process.stdin.close()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def program() -> str:
    """The path of the daemon's program: $FAASFARM_BIN, on the PATH, or built in a source tree around us."""
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
