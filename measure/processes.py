"""Programs that are run for measuring: child processes that end with this one, whatever ends it, and what they say."""

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ROOT / "measure" / "floors"

Command = Sequence[str | os.PathLike | int | float]


class ProgramFailed(Exception):
    """A program did not do what it was started for; the message says what and where to look."""


def raise_on_signals() -> None:
    """Makes SIGTERM and SIGHUP end the program as Ctrl-C does, through its `finally` blocks."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def end(process: subprocess.Popen, grace: float) -> None:
    """Asks the child to end, and kills it when it has not after `grace` seconds, with all that it has left behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    # Each child leads a group (and session) of its own, with what it started in it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def child(command: Command, grace: float = 1.7, **options: Any) -> Iterator[subprocess.Popen]:
    """Starts a child in a group of its own, so that Ctrl-C reaches this program only, which then ends the child.

    `grace` is how long it may take to end, in seconds, before it is killed.
    """
    process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    try:
        yield process
    finally:
        end(process, grace)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def first_line(process: subprocess.Popen, seconds: float = 30) -> str:
    """The next line that the child prints.

    Raises ProgramFailed when it ends or stays silent instead.
    """
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    name = Path(process.args[0]).name
    try:
        line = lines.get(timeout=seconds)
    except queue.Empty:
        raise ProgramFailed(f"{name} said nothing for {seconds:.0f} s") from None
    if not line:
        raise ProgramFailed(f"{name} ended with status {process.wait()}; its own words are above")
    return line


def output(command: Command, seconds: float | None = None, codes: tuple[int, ...] = (0,), **options: Any) -> str:
    """What a program prints to standard output.

    Raises ProgramFailed when it ends with another exit code, or is not done after so many seconds.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=seconds, **options)
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"{' '.join(words)} was not done after {seconds:.0f} s") from None
    if done.returncode not in codes:
        raise ProgramFailed(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def last_json(command: Command, seconds: float = 300) -> dict[str, Any]:
    """The JSON of a program's last line."""
    return json.loads(output(command, seconds).strip().splitlines()[-1])


def calling(function: Callable[..., object], *words: object) -> list[str]:
    """A command that calls a function of a module with words, in another Python."""
    program = f"import sys; from {function.__module__} import {function.__name__} as call; call(*sys.argv[1:])"
    return [sys.executable, "-c", program, *map(str, words)]


@dataclass
class Server:
    """A program that serves, and the address that it said."""

    process: subprocess.Popen
    address: str

    @property
    def pid(self) -> int:
        return self.process.pid


@contextlib.contextmanager
def serving(
    program: Path,
    *options: Any,
    before: Command = (),
    grace: float = 5,
    patience: float = 30,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """`faasfarm serve`, on a free port unless the options name an endpoint; `before` are words before the program."""
    where = [] if "--endpoint" in options else ["--port", 0]
    command = [*before, program, "serve", *where, "--format", "json", "--until-stdin-closes", *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with child(command, grace, env=os.environ | (environment or {}), **pipes) as process:
        yield Server(process, json.loads(first_line(process, patience))["endpoint"])


@contextlib.contextmanager
def gateway(program: Path, *options: Any) -> Iterator[Server]:
    """`faasfarm gateway`, on a free port."""
    command = [program, "gateway", "--port", 0, "--format", "json", "--log-level", "error", *options]
    with child(command, grace=5, stdout=subprocess.PIPE, text=True) as process:
        yield Server(process, json.loads(first_line(process))["gateway"])


def pinned(processor: int) -> list[str]:
    """The words before a command that keep it on one processor; none where the system cannot."""
    return ["taskset", "-c", str(processor)] if shutil.which("taskset") else []


def cpu_seconds(pid: int) -> float | None:
    """Processor seconds that a process has used, in the system's ticks; None where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """The process ids of a process's children."""
    listed = output(["ps", "-o", "pid=", "--ppid", pid], 30, codes=(0, 1))
    return [int(word) for word in listed.split()]


def compiled(source: str, folder: Path, *flags: str, libraries: Sequence[str] = ()) -> Path:
    """What gcc makes of a source in `FLOORS`."""
    program = folder / "-".join([Path(source).stem, *(flag.strip("-") for flag in flags)])
    if not program.exists():
        output(["gcc", *flags, "-o", program, FLOORS / source, *(f"-l{name}" for name in libraries)], 120)
    return program
