"""Requests of a session, lost, late and repeated: each is executed once, and answered by its own reply."""

import time

import faasfarm
import pytest
import zmq
from daemon import PROMPT
from faasfarm import Env, ResetNeeded, ServerTimeout, SessionLost
from faasfarm.v1 import faasfarm_pb2 as pb
from stub import StubDaemon


@pytest.fixture
def stub():
    with StubDaemon() as stub:
        yield stub


@pytest.fixture
def env(stub):
    env = Env(endpoint=stub.endpoint, timeout=1.0)
    yield env
    env.close()


def is_step_3(request: pb.Request) -> bool:
    return request.WhichOneof("kind") == "step" and request.step.action.integer == 3


def test_report61_after_a_timeout_the_next_calls_work_and_get_their_own_replies(stub, env) -> None:
    """vnpy/vnpy#3792: client timeout 1 s, a step takes 3 s; the late reply is nobody's."""
    env.reset()
    stub.delay["step"] = 3.0
    with pytest.raises(ServerTimeout):
        env.step(1)
    stub.delay["step"] = 0.0
    with pytest.raises(ServerTimeout):
        # It runs still, and the same action is another step.
        env.step(1)
    deadline = time.monotonic() + 10
    while True:
        try:
            observation, reward, *_ = env.step(1)
            break
        except ServerTimeout:
            assert time.monotonic() < deadline
    assert reward == observation[0] == stub.executed["step"] == 2
    observation, _ = env.reset()
    assert observation[0] == 0
    assert env.step(2)[1] == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_a_request_that_never_arrived_leaves_no_gap(stub, env, lost) -> None:
    env.reset()
    # For good: the last one may still be on its way when the client gives up.
    stub.drop = is_step_3
    for _ in range(lost):
        with pytest.raises(ServerTimeout):
            env.step(3)
    assert env.step(4)[0].tolist() == [1, 4]
    assert env.step(4)[0].tolist() == [2, 4]
    assert stub.executed["step"] == 2


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_step_that_turns_up_after_a_reset_is_not_taken(stub, env, lost) -> None:
    env.reset()
    # For good: the last one may still be on its way when the client gives up.
    stub.drop = is_step_3
    for _ in range(lost):
        with pytest.raises(ServerTimeout):
            env.step(3)
    late = [frame for frame, kind in zip(stub.frames, stub.kinds(), strict=True) if kind == "step"]
    assert env.reset()[0].tolist() == [0, 0]
    stub.drop = lambda request: False
    with zmq.Context() as context, context.socket(zmq.DEALER) as line:
        line.linger = 0
        line.connect(stub.endpoint)
        for frame in late:
            line.send_multipart([b"", frame])
            assert line.poll(10_000)
            assert pb.Reply.FromString(line.recv_multipart()[-1]).error.reason == pb.STALE_REQUEST
    assert stub.executed["step"] == 0
    assert env.step(4)[0].tolist() == [1, 4]


def test_a_reset_after_a_lost_step_is_done_when_it_is_itself_late(stub, env) -> None:
    """The daemon is seen to live, and the ids before the reset's are still missing."""
    env.reset()
    stub.drop = lambda request: request.WhichOneof("kind") != "ping"
    with pytest.raises(ServerTimeout):
        env.step(3)

    def is_lost(request: pb.Request) -> bool:
        if request.WhichOneof("kind") == "ping":
            stub.drop = lambda request: False
        return request.WhichOneof("kind") == "reset"

    stub.drop = is_lost
    assert env.reset()[0].tolist() == [0, 0]
    assert (stub.executed["reset"], stub.executed["step"]) == (2, 0)
    assert env.step(4)[0].tolist() == [1, 4]


def test_replies_that_come_twice_are_taken_for_no_other_ones(stub) -> None:
    stub.copies = 2
    env = Env(endpoint=stub.endpoint, timeout=1.0)
    assert env.reset()[0].tolist() == [0, 0]
    for count in range(1, 4):
        assert env.step(count - 1)[0].tolist() == [count, count - 1]
    stub.drop = is_step_3
    with pytest.raises(ServerTimeout):
        env.step(3)
    assert env.reset()[0].tolist() == [0, 0]
    assert env.step(4)[0].tolist() == [1, 4]
    env.close()
    assert stub.executed["step"] == 4 and stub.executed["make"] == 1


def test_a_step_whose_reply_is_lost_is_taken_once(stub, env) -> None:
    env.reset()
    lost = []
    stub.lose = lambda request: request.WhichOneof("kind") == "step" and len(lost) < 1 and not lost.append(1)
    assert env.step(2)[1] == 1
    assert stub.executed["step"] == 1 and stub.kinds().count("step") == 2
    assert env.step(2)[1] == 2


def test_a_step_whose_replies_are_all_lost_is_not_taken_again(stub, env) -> None:
    env.reset()
    stub.lose = lambda request: request.WhichOneof("kind") == "step"
    with pytest.raises(ServerTimeout):
        env.step(2)
    stub.lose = lambda request: False
    assert env.step(2)[1] == 2
    assert stub.executed["step"] == 2


def test_an_interrupted_step_leaves_the_environment_usable(stub, env, monkeypatch) -> None:
    env.reset()
    connection = env.session._connection
    receive = connection._receive

    def interrupt(socket, seconds):
        monkeypatch.setattr(connection, "_receive", receive)
        raise KeyboardInterrupt

    monkeypatch.setattr(connection, "_receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        env.step(1)
    assert env.step(1)[1] == stub.executed["step"]


def test_a_lost_make_reply_is_asked_for_with_the_same_nonce(stub) -> None:
    lost = []
    stub.lose = lambda request: request.WhichOneof("kind") == "make" and len(lost) < 1 and not lost.append(1)
    Env(endpoint=stub.endpoint, timeout=1.0).close()
    makes = {frame for frame, kind in zip(stub.frames, stub.kinds(), strict=True) if kind == "make"}
    assert stub.kinds().count("make") == 2 and len(makes) == 1


def test_report65_a_daemon_that_was_started_anew_does_not_know_the_session(stub, env) -> None:
    """zeromq/libzmq#1227: a typed timeout, then a typed "no such session", never a step of a fresh environment."""
    env.reset()
    env.step(1)
    stub.stop()
    with pytest.raises(ServerTimeout):
        env.step(1)
    with StubDaemon(stub.port) as fresh:
        with pytest.raises(SessionLost) as lost:
            env.step(1)
        assert lost.value.reason == "UNKNOWN_SESSION"
        assert fresh.executed["step"] == 0


def test_a_slow_reset_of_a_daemon_that_lives_is_waited_for(stub, env) -> None:
    stub.delay["reset"] = 2.0
    env.reset()
    assert stub.executed["reset"] == 1 and "ping" in stub.kinds()


def test_report96_close_is_quick_and_quiet_when_the_daemon_is_gone(stub) -> None:
    """openai/gym#2897."""
    env = Env(endpoint=stub.endpoint)
    stub.stop()
    begun = time.monotonic()
    env.close()
    env.close()
    assert time.monotonic() - begun < PROMPT


def test_close_waits_for_a_daemon_that_gives_workers_back(stub) -> None:
    env = Env(endpoint=stub.endpoint)
    stub.delay["close"] = 1.5
    begun = time.monotonic()
    env.close()
    assert time.monotonic() - begun > 1.4
    assert stub.executed["close"] == 1


def test_a_closed_environment_says_so(env) -> None:
    env.close()
    for call in (env.reset, lambda: env.step(1)):
        with pytest.raises(SessionLost, match="closed"):
            call()


def test_report78_step_before_reset_is_typed_and_leaves_the_session_usable(stub, env) -> None:
    """tkn-tub/veins-gym#3."""
    with pytest.raises(ResetNeeded):
        env.step(1)
    env.reset()
    assert env.step(1)[1] == 1
    assert faasfarm.FaaSFarmError in ResetNeeded.__mro__
