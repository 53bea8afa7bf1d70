"""Farms on plain HTTP services: `serve --workers`, with reference workers as the services."""

import contextlib
import os
import signal
import subprocess
import time

import pytest
from daemon import BINARY, Client, Daemon, Refused, info, is_alive

BUSY = """
name: busy
arrivals: {phases: [{seconds: 60, rate: 20}]}
service: {constant: 0.1}
deadline: {seconds: 3}
workers: {min: 0, max: 3, initial: 2}
start_up: 0
step: 0.3
steps: 200
"""


class Service:
    """A reference worker on a free port."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(BINARY), "worker", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def services(count: int):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Service()) for _ in range(count)]


def play(client: Client, action: int, until, steps: int = 60) -> dict:
    """Steps until the condition holds of an info, and returns that."""
    for _ in range(steps):
        seen = info(client.step(action))
        if until(seen):
            return seen
    raise AssertionError(f"not within {steps} steps: {seen['metrics']}, {seen['totals']}")


def test_a_list_that_grows_and_a_service_killed_in_a_call_lose_no_task(tmp_path) -> None:
    listed = tmp_path / "services.txt"
    with services(3) as (first, second, third):
        listed.write_text(f"# two of them\n{first.url}\n{second.url}\n")
        with Daemon("--workers", f"@{listed}") as daemon, Client(daemon.endpoint) as client:
            client.make(BUSY, action="target")
            begun = info(client.reset())
            assert begun["metrics"]["ready"] == 2
            assert any("take 2 calls at a time" in note for note in begun["notes"]), begun["notes"]
            play(client, 3, lambda seen: seen["totals"]["done"] > 5)
            listed.write_text("\n".join([first.url, second.url, third.url]))
            play(client, 3, lambda seen: seen["metrics"]["ready"] == 3)
            # More work than three can do: each of them is in a call.
            play(client, 3, lambda seen: seen["metrics"]["running"] == 3)
            second.process.send_signal(signal.SIGKILL)
            second.process.wait()
            notes: list[str] = []
            gone = play(client, 3, lambda seen: notes.extend(seen["notes"]) or any(second.url in n for n in notes))
            done = gone["totals"]["done"]
            listed.write_text("\n".join([first.url, third.url]))
            last = play(client, 3, lambda seen: seen["metrics"]["ready"] == 2 and seen["totals"]["done"] > done + 20)
            assert last["totals"]["failed"] == 0, last["totals"]
            client.request("close", {})
        # They are not the daemon's to end.
        assert is_alive(first.process.pid) and is_alive(third.process.pid)


def test_each_pool_is_of_one_farm() -> None:
    with (
        services(2) as (first, second),
        Daemon("--workers", first.url, "--workers", f"{second.url}*2") as daemon,
        contextlib.ExitStack() as stack,
    ):
        clients = [stack.enter_context(Client(daemon.endpoint)) for _ in range(3)]
        for client, most in zip(clients[:2], (1, 2), strict=True):
            client.make(BUSY, action="target", backend="http")
            assert info(client.reset())["metrics"]["ready"] == most
        with pytest.raises(Refused) as busy:
            clients[2].make(BUSY)
        assert busy.value.reason == "FARM_BUSY"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "127.0.0.1:9001"], "does not begin with http://"),
        (["--workers", "@/nowhere/list"], "/nowhere/list cannot be read"),
        (["--workers", "http://127.0.0.1:1", "--workers", "http://127.0.0.1:1/"], "is in two pools"),
        (["--gateway", "http://127.0.0.1:1", "--functions", "w"], "leave one of them out"),
        (["--functions", "w"], "--functions names functions of a --gateway"),
        (["--pool", "functions"], "--pool is of a gateway's functions"),
        (["--dispatch", "queue"], "services of --workers are called directly"),
        (["--gateway-profile", "ce"], "--gateway-profile is of a gateway's functions"),
        (["--on-release", "keep"], "--on-release is of a gateway's functions"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(options, words) -> None:
    given = options if "--workers" in options else ["--workers", "http://127.0.0.1:1", *options]
    ended = subprocess.run(
        [str(BINARY), "serve", "--port", "0", *given], capture_output=True, text=True, timeout=10, check=False
    )
    assert ended.returncode == 64 and words in ended.stderr, ended.stderr


def test_a_daemon_ends_at_once_in_the_middle_of_calls() -> None:
    with services(1) as (service,), Daemon("--workers", service.url) as daemon, Client(daemon.endpoint) as client:
        client.make(BUSY.replace("constant: 0.1", "constant: 5"), action="target")
        client.reset()
        play(client, 1, lambda seen: seen["metrics"]["running"] == 1)
        begun = time.monotonic()
        os.kill(daemon.process.pid, signal.SIGTERM)
        daemon.process.wait(timeout=5)
        assert time.monotonic() - begun < 2
