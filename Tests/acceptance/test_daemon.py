"""What must hold of the daemon as a whole: real processes, real sockets, a real recording."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import time

import pytest
from daemon import PROMPT, SMALL, Client, Daemon, Refused, info, is_alive, wait_until

LONG_STEPS = SMALL.replace("step: 0.5", "step: 8").replace("name: small", "name: long-steps")


def play(client: Client, steps: int = 100) -> list[dict]:
    """Steps until the episode ends, or so many times."""
    replies = []
    for _ in range(steps):
        replies.append(client.step())
        if replies[-1].get("terminated") or replies[-1].get("truncated"):
            break
    return replies


def conserved(totals: dict) -> bool:
    return totals["emitted"] == totals["queued"] + totals["running"] + totals["done"] + totals["failed"]


def test_every_task_is_accounted_for() -> None:
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        client.make()
        client.reset()
        replies = play(client)
        # Fewer on a machine that is so busy that windows are merged.
        assert 3 <= len(replies) <= 6
        for reply in replies:
            assert conserved(info(reply)["totals"])
        totals = info(replies[-1])["totals"]
        assert totals["emitted"] > 10
        assert totals["done"] > 0
        assert totals["failed"] == sum(totals["failure_reasons"].values())


def test_a_killed_worker_costs_no_task() -> None:
    # Long calls and a step between their start and the kill: a call that has run for less than a quarter of a second
    # counts as refused, not as an attempt.
    scenario = SMALL.replace("constant: 0.15", "constant: 3").replace("seconds: 1}", "seconds: 30}")
    scenario = scenario.replace("steps: 6", "steps: 24")
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        client.make(scenario)
        client.reset()
        for _ in range(6):
            if info(client.step())["totals"]["running"] > 0:
                break
        assert info(client.step())["totals"]["running"] > 0
        victims = daemon.workers()
        assert victims
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        replies = play(client)
        last = info(replies[-1])
        assert replies[-1]["truncated"] and last["reason"] == "horizon"
        assert conserved(last["totals"])
        assert last["totals"]["failed"] == 0
        assert sum(info(reply)["metrics"]["retries"] for reply in replies) > 0


def test_a_killed_daemon_leaves_a_readable_recording_and_no_worker(tmp_path) -> None:
    path = tmp_path / "episodes.sqlite"
    with Daemon("--record", str(path)) as daemon, Client(daemon.endpoint) as client:
        client.make()
        client.reset()
        answered = [client.step() for _ in range(3)]
        workers = daemon.workers()
        assert workers
        daemon.process.kill()
        daemon.process.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in workers), what="the workers' end")
    with Daemon("--record", str(path)) as daemon, Client(daemon.endpoint) as client:
        with pytest.raises(Refused) as refusal:
            client.session = "0" * 32
            client.step()
        assert refusal.value.reason == "UNKNOWN_SESSION"
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT status FROM episodes").fetchall() == [("partial",)]
        steps = database.execute("SELECT step_index, reward FROM steps ORDER BY step_index").fetchall()
    assert [step[1] for step in steps] == [reply["reward"] for reply in answered]


def test_a_slow_step_delays_nobody_else() -> None:
    with Daemon() as daemon, Client(daemon.endpoint) as slow, Client(daemon.endpoint) as quick:
        slow.make(LONG_STEPS)
        slow.reset()
        quick.request("hello", {"client_name": "warm-up"})
        step = {"step": {"action": {"integer": 2}}, "session_id": slow.session, "request_id": slow.request_id + 1}
        slow.socket.send(json.dumps(step).encode())
        times = []
        for _ in range(20):
            start = time.monotonic()
            quick.request("hello", {"client_name": "quick"})
            times.append(time.monotonic() - start)
            time.sleep(0.02)
        assert not slow.socket.poll(0), "the step was not slow"
        assert sorted(times)[len(times) // 2] < 0.5


def test_the_same_step_twice_steps_once_and_answers_equal_bytes() -> None:
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        client.make()
        client.reset()
        request = {"step": {"action": {"integer": 2}}, "session_id": client.session, "request_id": 2}
        first = client.raw(json.dumps(request).encode())
        second = client.raw(json.dumps(request).encode())
        assert first == second
        request["request_id"] = 3
        third = json.loads(client.raw(json.dumps(request).encode()))
        assert info(third["step"])["metrics"]["step"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("busy", [False, True])
def test_report70_signals_end_everything_in_two_seconds(number: signal.Signals, busy: bool) -> None:
    """zeromq/pyzmq#64: an idle and a busy daemon both leave, and leave no worker behind."""
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        workers = []
        if busy:
            client.make(LONG_STEPS)
            client.reset()
            workers = daemon.workers()
            assert workers
            step = {"step": {"action": {"integer": 2}}, "session_id": client.session, "request_id": 2}
            client.socket.send(json.dumps(step).encode())
            time.sleep(0.3)
        assert daemon.stop(number) < PROMPT
        assert not any(is_alive(pid) for pid in workers)
        assert daemon.process.returncode == 0


def test_bad_input_costs_a_typed_error_and_nothing_else() -> None:
    with Daemon() as daemon, Client(daemon.endpoint) as victim, Client(daemon.endpoint) as other:
        other.make()
        other.reset()
        for payload, reason in [
            (b"", "MALFORMED_REQUEST"),
            (b"{", "MALFORMED_REQUEST"),
            (b"\xff\xfe\xfd", "MALFORMED_REQUEST"),
            (b'{"step":{}}', "UNKNOWN_SESSION"),
            (b'{"make":{"id":"faasfarm/Nothing-v0"}}', "UNKNOWN_ENV_ID"),
        ]:
            reply = json.loads(victim.raw(payload)) if payload.startswith(b"{") else victim.raw(payload)
            assert reply["error"]["reason"] if isinstance(reply, dict) else reply
            if isinstance(reply, dict):
                assert reply["error"]["reason"] == reason
        with pytest.raises(Refused) as unmade:
            victim.make("name: broken\nworkers: {min: 5, max: 1}\n")
        assert unmade.value.reason == "BAD_ARGUMENT"
        victim.make()
        with pytest.raises(Refused) as early:
            victim.step()
        assert early.value.reason == "RESET_NEEDED"
        victim.reset()
        with pytest.raises(Refused) as wrong:
            victim.step(99)
        assert wrong.value.reason == "ACTION_OUT_OF_SPACE"
        assert info(other.step())["metrics"]["step"] == 1


def test_a_farm_that_is_taken_is_said_to_be_busy() -> None:
    with Daemon("--pools", "1") as daemon, Client(daemon.endpoint) as first, Client(daemon.endpoint) as second:
        first.make()
        with pytest.raises(Refused) as busy:
            second.make()
        assert (busy.value.code, busy.value.reason) == ("RESOURCE_EXHAUSTED", "FARM_BUSY")
        first.request("close", {})
        second.make()


def test_report72_what_is_no_zeromq_on_the_port_harms_nobody() -> None:
    """zeromq/libzmq#87: HTTP, random bytes, half a greeting and a frame of 100 MB cost their senders only."""
    with Daemon() as daemon, Client(daemon.endpoint) as client:
        client.make()
        client.reset()
        port = int(daemon.endpoint.rsplit(":", 1)[1])
        for content in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(1 << 20), b"\xff\x00\x00\x00"]:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger, contextlib.suppress(OSError):
                stranger.sendall(content)
        with Client(daemon.endpoint) as heavy:
            heavy.socket.send(b"{" + b" " * (100 << 20))
            assert not heavy.socket.poll(2_000), "a frame of 100 MB was answered"
        assert info(client.step())["metrics"]["step"] == 1


def test_report64_requests_of_dead_clients_move_nobody_elses_environment() -> None:
    """zeromq/libzmq#190: what the dead have sent does not delay a new client."""
    with Daemon() as daemon, Client(daemon.endpoint) as living:
        for _ in range(50):
            with Client(daemon.endpoint) as dead:
                dead.socket.send(b'{"step":{"action":{"integer":2}},"session_id":"gone","request_id":1}')
        begun = time.monotonic()
        living.make()
        living.reset()
        assert time.monotonic() - begun < PROMPT
        assert info(living.step())["metrics"]["step"] == 1
