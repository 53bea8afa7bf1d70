"""Not one double or lost step: bad lines, killed clients, daemons that stand still.

The environment is deterministic, so a session on a good line that is told the same shows each step too many or too few.
Small here; FAASFARM_SIZE=full gives the full size.
"""

import json
import signal
import subprocess
import sys
import threading
import time

import faasfarm
import numpy as np
import pytest
import zmq
from bad_lines import BadLine, CutLine
from daemon import Daemon, stand_still
from faasfarm.v1 import faasfarm_pb2 as pb
from sizes import size

CARTPOLE = "faasfarm/CartPole-v1"


@pytest.fixture(scope="module")
def daemon():
    with Daemon() as running:
        yield running


def in_the_end(call):
    """What `call` gives when it is answered in time, which may take several calls."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return call()
        except faasfarm.ServerTimeout as error:
            assert time.monotonic() < deadline, f"no answer for two minutes: {error}"


class Twins:
    """An environment over a bad line, and one over a good line that is told the same."""

    def __init__(self, bad: str, good: str, timeout: float, num_envs: int = 0) -> None:
        def made(endpoint: str, patience: float):
            if num_envs:
                return faasfarm.VectorEnv(CARTPOLE, num_envs, endpoint=endpoint, timeout=patience)
            return faasfarm.Env(CARTPOLE, endpoint=endpoint, timeout=patience)

        self.num_envs = num_envs
        self.good = made(good, 60)
        self.bad = in_the_end(lambda: made(bad, timeout))
        # Steps that were answered, and those of which that is not known.
        self.steps, self.uncertain = 0, 0
        self.seed = 0

    def reset(self) -> None:
        """Begins the same episode on both; a reset that is not answered in time is asked for again."""
        self.seed += 1
        got, _ = in_the_end(lambda: self.bad.reset(seed=self.seed))
        expected, _ = self.good.reset(seed=self.seed)
        np.testing.assert_array_equal(got, expected)

    def step(self, action) -> bool:
        """One step of both; whether the episode goes on, and is known to."""
        begun = time.monotonic()
        try:
            got = self.bad.step(action)
        except faasfarm.ServerTimeout:
            self.uncertain += 1
            late = time.monotonic() - begun - self.bad.session.step_timeout
            # A busy machine may hold up this process for long; a wait without an end is longer.
            assert late < 60, f"the timeout came {late:.1f} s too late"
            return False
        self.steps += 1
        expected = self.good.step(action)
        for mine, other in zip(got[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(mine, other)
        return bool(self.num_envs) or not (got[2] or got[3])

    def close(self) -> None:
        """The daemon's account is the client's."""
        reply = in_the_end(lambda: self.bad.session.call(pb.Request(close=pb.Close.Request()), 10.0))
        assert self.steps <= reply.close.steps <= self.steps + self.uncertain
        self.bad.close()
        self.good.close()


@pytest.mark.parametrize("num_envs", [0, 8])
def test_not_one_double_or_lost_step_over_a_line_that_loses_repeats_and_cuts(daemon, num_envs) -> None:
    steps = size(60, 2_500) if num_envs else size(120, 10_000)
    with BadLine(daemon.endpoint, seed=1) as bad, CutLine(bad.endpoint, seed=2) as cutting:
        twins = Twins(cutting.endpoint, daemon.endpoint, timeout=0.9, num_envs=num_envs)
        choice = np.random.default_rng(3)
        twins.reset()
        while twins.steps + twins.uncertain < steps:
            if not twins.step(choice.integers(2, size=num_envs) if num_envs else int(choice.integers(2))):
                twins.reset()
        twins.close()
        print(f"{twins.steps} steps, {twins.uncertain} timeouts, {dict(bad.fates)}, {cutting.cuts} cuts")
        for fate in ("dropped", "delayed", "repeated"):
            assert bad.fates[fate] > 0, f"nothing was {fate}: nothing was tried"
        assert cutting.cuts > 0


# Sends what it is told, says so, and waits to be killed.
VICTIM = """
import sys, zmq
socket = zmq.Context().socket(zmq.REQ)
socket.connect(sys.argv[1])
socket.send(bytes.fromhex(sys.argv[2]))
print("sent", flush=True)
socket.recv()
print("answered", flush=True)
sys.stdin.read()
"""


class Raw:
    """A client that can send the same bytes as another."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.context = zmq.Context()
        self.session, self.id = "", 0

    def request(self, kind: str, body: dict | None = None) -> bytes:
        message: dict = {kind: body or {}}
        if self.session:
            self.id += 1
            message |= {"session_id": self.session, "request_id": self.id}
        return json.dumps(message).encode()

    def ask(self, payload: bytes) -> dict:
        with self.context.socket(zmq.REQ) as asking:
            asking.linger = 0
            asking.connect(self.endpoint)
            asking.send(payload)
            assert asking.poll(30_000), f"no reply to {payload!r}"
            return json.loads(asking.recv())

    def ask_after_a_death(self, payload: bytes, delay: float) -> dict:
        """What the same bytes are answered after another client has sent them and been killed."""
        command = [sys.executable, "-c", VICTIM, self.endpoint, payload.hex()]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout.readline() == "sent\n"
            threading.Event().wait(delay)
            victim.kill()
        return self.ask(payload)


@pytest.mark.parametrize("kind", ["make", "reset", "step", "render", "close"])
def test_report64_a_client_killed_in_a_call_leaves_it_done_once(daemon, kind) -> None:
    """zeromq/libzmq#190: whoever sends the bytes of a dead client again gets their reply, and nothing is done twice."""
    chance = np.random.default_rng(7)
    for round_ in range(size(2, 50)):
        dead, twin = Raw(daemon.endpoint), Raw(daemon.endpoint)

        def both(what: str, body: dict | None, dead=dead, twin=twin) -> tuple[dict, dict]:
            payload, other = dead.request(what, body), twin.request(what, body)
            delay = float(chance.exponential(0.002))
            got = dead.ask_after_a_death(payload, delay) if what == kind else dead.ask(payload)
            expected = twin.ask(other)
            assert "error" not in expected, expected
            return got, expected

        nonce = [f"{round_:04}{name}{time.time_ns()}".encode().hex()[:32] for name in ("d", "t")]
        make = {"make": {"id": CARTPOLE, "render_mode": "ansi"}}
        payload = json.dumps(make | {"nonce": nonce[0]}).encode()
        made = (
            dead.ask_after_a_death(payload, float(chance.exponential(0.002))) if kind == "make" else dead.ask(payload)
        )
        assert made == dead.ask(payload), "the same make gave two sessions"
        dead.session = made["make"]["session_id"]
        twin.session = twin.ask(json.dumps(make | {"nonce": nonce[1]}).encode())["make"]["session_id"]
        steps = [("step", {"action": {"integer": action}}) for action in (1, 0)]
        for what, body in [("reset", {"seeds": [{"decimal": "5"}]}), *steps, ("render", None), *steps, ("close", None)]:
            got, expected = both(what, body)
            assert got[what] == expected[what]
        assert got["close"] == {"steps": "4", "episodes": "1"}
        dead.context.term()
        twin.context.term()


def test_report77_a_daemon_that_stands_still_is_a_timeout_and_goes_on_where_it_was() -> None:
    """huggingface/OpenEnv#1103: a patient client sees one long step, an impatient one a typed error."""
    seconds = size(2, 60)
    with Daemon() as daemon:
        patient = faasfarm.Env(CARTPOLE, endpoint=daemon.endpoint, timeout=3 * seconds + 30)
        impatient = faasfarm.Env(CARTPOLE, endpoint=daemon.endpoint, timeout=0.5)
        twin = faasfarm.Env(CARTPOLE, endpoint=daemon.endpoint, timeout=60)
        for env in (patient, impatient, twin):
            env.reset(seed=11)
        stand_still(daemon.process.pid)
        waking = threading.Timer(seconds, daemon.process.send_signal, (signal.SIGCONT,))
        waking.start()
        try:
            answers = []
            stepping = threading.Thread(target=lambda: answers.append(patient.step(1)))
            stepping.start()
            begun = time.monotonic()
            with pytest.raises(faasfarm.ServerTimeout):
                impatient.step(1)
            assert time.monotonic() - begun < seconds + 10
            stepping.join(timeout=3 * seconds + 60)
            assert answers, "the patient client has no answer"
        finally:
            waking.join()
            daemon.process.send_signal(signal.SIGCONT)
        first = twin.step(1)
        np.testing.assert_array_equal(answers[0][0], first[0])
        np.testing.assert_array_equal(patient.step(0)[0], twin.step(0)[0])
        # The impatient one's step was taken once or not at all; after a reset both know where they are.
        in_the_end(lambda: impatient.reset(seed=12))
        twin.reset(seed=12)
        np.testing.assert_array_equal(impatient.step(1)[0], twin.step(1)[0])
        counts = [
            env.session.call(pb.Request(close=pb.Close.Request()), 30.0).close.steps for env in (patient, impatient)
        ]
        assert counts[0] == 2 and counts[1] in (1, 2)
        for env in (patient, impatient, twin):
            env.close()
