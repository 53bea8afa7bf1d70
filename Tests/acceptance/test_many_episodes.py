"""What a live farm holds after many episodes: no more than after a few."""

import os
from dataclasses import dataclass
from pathlib import Path

from daemon import SMALL, Client, Daemon, wait_until

SHORT = SMALL.replace("step: 0.5", "step: 0.1").replace("name: small", "name: short")


@dataclass
class Holdings:
    """What the system says that a process has."""

    # Kept connections to workers and to the gateway among them, so their number varies.
    sockets: int
    other_files: int
    threads: int
    kilobytes: int
    # All of them, those included that have ended and are not waited for.
    children: int

    @classmethod
    def of(cls, pid: int) -> "Holdings":
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        files = []
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                files.append(os.readlink(entry))
            except FileNotFoundError:
                continue
        sockets = sum(name.startswith("socket:") for name in files)
        return cls(
            sockets=sockets,
            other_files=len(files) - sockets,
            threads=int(status["Threads"]),
            kilobytes=int(status["VmRSS"].split()[0]),
            children=sum(len(path.read_text().split()) for path in Path(f"/proc/{pid}/task").glob("*/children")),
        )


def play(client: Client, resets: int) -> None:
    for _ in range(resets):
        client.reset()
        client.step()
        client.step(1)


def assert_as_before(pid: int, before: Holdings) -> None:
    """After 20 more resets: a leak of one a reset would be 20."""

    def is_as_before() -> bool:
        now = Holdings.of(pid)
        return (
            now.children == before.children
            and now.other_files <= before.other_files
            and now.sockets <= before.sockets + 10
            and now.threads <= before.threads + 2
        )

    wait_until(is_as_before, what=f"as many files, threads and children as before, {before}")
    grown = Holdings.of(pid).kilobytes - before.kilobytes
    assert grown < 4_096, f"the daemon has grown by {grown} kB"


def test_report78_many_sessions_leave_nothing_behind() -> None:
    """tkn-tub/veins-gym#11: 20 resets in 5 sessions of a live farm, after as many that fill pools and caches."""
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        pid = daemon.process.pid

        def sessions() -> None:
            for _ in range(5):
                client.session, client.request_id = None, 0
                client.make(SHORT)
                play(client, 4)
                client.request("close", {})
            wait_until(lambda: Holdings.of(pid).children == 0, what="the workers' end")

        sessions()
        before = Holdings.of(pid)
        sessions()
        assert_as_before(pid, before)


def test_report78_many_resets_leave_nothing_behind() -> None:
    """tkn-tub/veins-gym#11: 20 resets of a live farm in one session, after as many."""
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        pid = daemon.process.pid
        client.make(SHORT)
        play(client, 20)
        client.reset()
        before = Holdings.of(pid)
        assert before.children == 3
        play(client, 20)
        client.reset()
        assert_as_before(pid, before)
