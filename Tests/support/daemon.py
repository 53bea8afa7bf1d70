"""A daemon under test, and a client that needs nothing but pyzmq and JSON."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import zmq

ROOT = Path(__file__).resolve().parents[2]

BINARY = Path(os.environ.get("FAASFARM_BIN", ROOT / ".build" / "debug" / "faasfarm"))

SMALL = """
name: small
arrivals:
  phases:
    - {name: steady, seconds: 60, rate: 12}
service: {constant: 0.15}
deadline: {seconds: 1}
workers: {min: 1, max: 6, initial: 3}
start_up: 0.2
step: 0.5
steps: 6
"""


# Seconds within which something is over that takes moments on an idle machine, and that would take far longer, or would
# never end, were it not as it should be.
PROMPT = 10


class Program:
    """A program that says in its first line, in JSON, that it is up; ended when the context ends."""

    def __init__(self, *command: object, **options: object) -> None:
        """What Popen takes as options may be given; standard error goes to a file otherwise, which holds nobody up."""
        # Appended to, so that reading moves nobody's place.
        self._log = tempfile.TemporaryFile("a+")  # noqa: SIM115
        pipes = {"stdout": subprocess.PIPE, "stderr": self._log} | options
        self.process = subprocess.Popen([str(word) for word in command], text=True, **pipes)
        is_there, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if is_there else ""
        if not line:
            self.process.kill()
            self.end()
            raise AssertionError(f"{command[0]} said nothing: {self.log()}")
        self.announced: dict = json.loads(line)

    def log(self) -> str:
        """What it has said on standard error."""
        if not self._log.closed:
            self._log.seek(0)
            self._logged = self._log.read()
        return self._logged

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """SIGTERM, and SIGKILL where that takes more than 10 s."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr, self._log):
            if stream:
                stream.close()

    def stop(self, number: int) -> float:
        """Sends the signal and returns the seconds until the program has ended."""
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - start


class Daemon(Program):
    """`faasfarm serve` on a free port, unless another or an endpoint is given."""

    def __init__(
        self, *arguments: object, program: Path = BINARY, port: int = 0, endpoint: str | None = None, **options: object
    ) -> None:
        where = ["--port", port] if endpoint is None else ["--endpoint", endpoint]
        super().__init__(program, "serve", *where, "--format", "json", *arguments, **options)
        self.endpoint: str = self.announced["endpoint"]
        self.gateway: str | None = self.announced.get("gateway")

    def workers(self) -> list[int]:
        """Pids of the worker processes that are children of this daemon."""
        return children(self.process.pid)


class Gateway(Program):
    """`faasfarm gateway`, on a free port unless another is given."""

    def __init__(self, *arguments: object, port: int = 0, **options: object) -> None:
        super().__init__(BINARY, "gateway", "--port", port, "--format", "json", *arguments, **options)
        self.url: str = self.announced["gateway"]


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def stand_still(pid: int) -> None:
    """Stops a process, all of it: one thread takes the signal, and the others run on until it has."""
    os.kill(pid, signal.SIGSTOP)

    def is_stopped() -> bool:
        try:
            texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return bool(texts) and all(text.rsplit(")", 1)[1].split()[0] in "Tt" for text in texts)

    wait_until(is_stopped, what="the process's stop")


def wait_until(condition, seconds: float = 10, what: str = "the condition") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(0.02)


class Refused(Exception):
    """An error reply."""

    def __init__(self, error: dict) -> None:
        super().__init__(error.get("message"))
        self.code = error["code"]
        self.reason = error["reason"]


class Client:
    """A session over JSON."""

    def __init__(self, endpoint: str) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.REQ)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.session = None
        self.request_id = 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.context.term()

    def raw(self, payload: bytes, seconds: float = 30) -> bytes:
        self.socket.send(payload)
        assert self.socket.poll(seconds * 1000), f"no reply in {seconds} s to {payload[:100]!r}"
        return self.socket.recv()

    def request(self, kind: str, body: dict, seconds: float = 30) -> dict:
        message = {kind: body}
        if self.session:
            self.request_id += 1
            message |= {"session_id": self.session, "request_id": self.request_id}
        reply = json.loads(self.raw(json.dumps(message).encode(), seconds))
        if "error" in reply:
            raise Refused(reply["error"])
        return reply[kind]

    def make(self, scenario: str = SMALL, **kwargs: str) -> dict:
        entries = [{"key": key, "value": {"text": value}} for key, value in ({"scenario": scenario} | kwargs).items()]
        reply = self.request("make", {"id": "faasfarm/Farm-v0", "kwargs": sorted(entries, key=lambda e: e["key"])})
        self.session = reply["session_id"]
        return reply

    def reset(self) -> dict:
        return self.request("reset", {})

    def step(self, action: int = 2, seconds: float = 30) -> dict:
        return self.request("step", {"action": {"integer": action}}, seconds)


def plain(value: dict):
    """A wire value as Python data."""
    kind, content = next(iter(value.items()))
    match kind:
        case "dict":
            return {entry["key"]: plain(entry["value"]) for entry in content.get("entries", [])}
        case "tuple":
            return [plain(item) for item in content.get("items", [])]
        case "integer":
            return int(content)
        case "array":
            return content.get("values", [])
        case _:
            return content


def info(reply: dict) -> dict:
    return {entry["key"]: plain(entry["value"]) for entry in reply["info"]["entries"]}
