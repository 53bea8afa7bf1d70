"""A daemon that may open fewer files than its workers' calls take: it lives, says so, and no task pays for it."""

import resource
from collections.abc import Callable

import pytest
from daemon import Client, Daemon, Refused, info
from figures import tell
from sizes import size
from stub_gateway import StubGateway

SCENARIO = """
name: many
arrivals: {phases: [{seconds: 600, rate: RATE}]}
service: {constant: SECONDS}
deadline: {seconds: 30}
workers: {min: 1, max: WORKERS, initial: WORKERS}
retry: never
step: 1
steps: STEPS
"""


def limit(files: int) -> Callable[[], None]:
    """For a process that may have so many files open."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


@pytest.mark.skipif(size(0, 1) == 0, reason="a reset waits half a minute for workers; `make soak` has it")
def test_a_gateway_of_its_own_without_files_for_its_workers_is_told() -> None:
    """A reset that fails for want of files says so, and does not send people to the functions' logs."""
    scenario = SCENARIO.replace("RATE", "40").replace("WORKERS", "40").replace("STEPS", "4").replace("SECONDS", "0.5")
    with Daemon(preexec_fn=limit(128)) as daemon:
        with Client(daemon.endpoint) as client:
            client.make(scenario, action="target")
            with pytest.raises(Refused, match="ulimit -n"):
                client.request("reset", {}, seconds=90)
        assert daemon.process.poll() is None
    assert daemon.process.returncode == 0


@pytest.mark.parametrize(("workers", "files"), [(size(120, 1100), size(96, 1024)), (size(100, 300), size(112, 256))])
def test_report_21396_more_workers_than_files(workers: int, files: int) -> None:
    """curl#21396: calls that find no file are no attempts, though a task has one only; the daemon lives."""
    steps, seconds = size(3, 20), size(1, 2)
    scenario = (
        SCENARIO.replace("RATE", str(1.4 * workers / seconds))
        .replace("WORKERS", str(workers))
        .replace("STEPS", str(steps))
        .replace("SECONDS", str(seconds))
    )

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), most))
    with StubGateway(replicas=workers, seconds=seconds) as gateway:
        arguments = ["--gateway", gateway.url, "--functions", "worker"]
        with Daemon(*arguments, preexec_fn=limit(files)) as daemon, Client(daemon.endpoint) as client:
            client.make(scenario, action="target")
            notes = list(info(client.reset()).get("notes", []))
            for _ in range(steps):
                known = info(client.step(workers - 1))
                notes += known.get("notes", [])
                if "reason" in known:
                    break
            assert daemon.process.poll() is None
        assert daemon.process.returncode == 0
        totals = known["totals"]
        assert totals["failed"] == 0 and totals["done"] > 0, totals
        assert known["reason"] == "horizon"
        assert len([note for note in notes if f"{files} files" in note and "ulimit -n" in note]) == 1, notes
        tell(
            f"{workers} workers under a limit of {files} descriptors, {steps} windows",
            f"{totals['done']} tasks done, {totals['failed']} failed; the daemon lives",
            "0 failed, and what is short is said once",
            True,
        )
