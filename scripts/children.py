"""Child processes that end with the script that started them, whatever ends it."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class ChildFailed(Exception):
    """A child did not do what it was started for; the message says what and where to look."""


def raise_on_signals() -> None:
    """Makes SIGTERM and SIGHUP end the script as Ctrl-C does, through its `finally` blocks."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def signal_group(process: subprocess.Popen, number: int) -> None:
    """To the child and what it started: each child leads a group (and session) of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end(process: subprocess.Popen, grace: float) -> None:
    """Asks the child to end, and kills it and its group when it has not after `grace` seconds."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        signal_group(process, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def child(command: Sequence[str | os.PathLike], grace: float = 1.7, **options: object) -> Iterator[subprocess.Popen]:
    """Starts a child in a group of its own, so that Ctrl-C reaches this script only, which then ends the child.

    `grace` is how long it may take to end, in seconds, before it is killed.
    """
    process = subprocess.Popen([os.fspath(word) for word in command], start_new_session=True, **options)
    try:
        yield process
    finally:
        end(process, grace)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def first_line(process: subprocess.Popen, seconds: float) -> str:
    """The first line that the child prints.

    Raises ChildFailed when it ends or stays silent instead.
    """
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=seconds)
    except queue.Empty:
        raise ChildFailed(f"{Path(process.args[0]).name} said nothing for {seconds:.0f} s") from None
    if not line:
        status = process.wait()
        raise ChildFailed(f"{Path(process.args[0]).name} ended with status {status}; its own words are above")
    return line
