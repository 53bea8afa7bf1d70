"""JSON as people write it: numbers in quotation marks, white space before it, what is wrong in it."""

import json

import faasfarm
import numpy as np
import pytest
import zmq
from gymnasium import spaces
from hosted_envs import LOOPBACK
from test_out_of_space import Anything

NUMBERS = ["1e39", "-1e39", "1e309", "-1e309", "-0", "1", "0.5", "1e-400"]


class Talk:
    """A REQ socket that sends texts as they are."""

    def __init__(self, endpoint: str) -> None:
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.linger, self.socket.rcvtimeo = 0, 20_000
        self.socket.connect(endpoint)

    def ask(self, text: str | bytes) -> dict:
        self.socket.send(text.encode() if isinstance(text, str) else text)

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        return json.loads(self.socket.recv(), parse_constant=refuse)

    def begin(self, env_id: str) -> None:
        self.session = self.ask(json.dumps({"make": {"id": env_id}}))["make"]["session_id"]
        self.ask(json.dumps({"session_id": self.session, "reset": {}}))

    def step(self, action: str) -> dict:
        """What comes of a step, without what differs from one to the next."""
        reply = self.ask(f'{{"session_id": "{self.session}", "step": {{"action": {action}}}}}')
        error = reply.get("error")
        return {"reason": error["reason"]} if error else {"is step": "step" in reply}


class Wide(Anything):
    """Takes any number, so that an infinity would get through."""

    def __init__(self) -> None:
        self.action_space = spaces.Box(-np.inf, np.inf, (), np.float64)

    def step(self, action):
        assert np.isfinite(action) or abs(action) == np.inf
        return 1, 1.0, False, False, {}


@pytest.fixture(params=["daemon", "python"])
def talk(request, simulator):
    """A session with the daemon's pendulum, or with one of Python's environments."""
    if request.param == "daemon":
        talk = Talk(simulator.endpoint)
        talk.begin("faasfarm/Pendulum-v1")
        yield talk
    else:
        with faasfarm.host(Wide, LOOPBACK, "Wide-v0") as server:
            talk = Talk(server.endpoint)
            talk.begin("Wide-v0")
            yield talk
            talk.socket.close()
    talk.socket.close()


@pytest.mark.parametrize("number", NUMBERS)
def test_swift_protobuf_2069_a_number_is_the_same_in_quotation_marks(talk, number: str) -> None:
    """apple/swift-protobuf PR 2069: a quoted number beyond the range became an infinity where a bare one is refused."""
    for form in ('{"number": %s}', '{"array": {"values": [%s]}}', '{"integer": %s}'):
        assert talk.step(form % number) == talk.step(form % f'"{number}"'), form
    if "309" in number:
        assert talk.step(f'{{"number": "{number}"}}')["reason"] == "MALFORMED_REQUEST"
        assert talk.step(f'{{"array": {{"values": ["{number}"]}}}}')["reason"] == "MALFORMED_REQUEST"


@pytest.mark.parametrize("text", ["nan", "inf", "infinity", "-inf", "1e", "", " 1", "0x10"])
def test_swift_protobuf_2069_what_is_no_number_is_malformed(talk, text: str) -> None:
    assert talk.step(f'{{"number": "{text}"}}')["reason"] == "MALFORMED_REQUEST"


def test_swift_protobuf_2069_nan_is_in_no_box(simulator) -> None:
    talk = Talk(simulator.endpoint)
    talk.begin("faasfarm/Pendulum-v1")
    for text in ("NaN", "Infinity", "-Infinity"):
        assert talk.step(f'{{"array": {{"values": ["{text}"]}}}}')["reason"] == "ACTION_OUT_OF_SPACE"
    assert talk.step('{"array": {"values": ["-0"]}}') == {"is step": True}
    talk.socket.close()


@pytest.mark.parametrize("before", [" ", "\n", "\r\n\t ", "\ufeff", "\ufeff\n"])
def test_what_stands_harmlessly_before_json_is_passed_over(talk, before: str) -> None:
    assert "hello" in talk.ask(before + '{"hello": {}}')
    assert talk.ask(before + "{}")["error"]["reason"] == "MALFORMED_REQUEST"


WRONG = {
    '{"hello": {}, "ping": {}}': "one",
    '{"session_id": "x", "step": {"action": {"integer": 1, "number": 2}}}': "one",
    '{"make": {"id": "a", "kwargs": [{"key": "exact", "value": {"boolean": True}}]}}': "true",
    '{"request_id": 1.5, "hello": {}}': "number",
    '{"request_id": 99999999999999999999, "hello": {}}': "range",
    '{"hello": 3}': "kind",
    '{"hello": {}': "too early",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_in_json_is_told_in_a_sentence(simulator, text: str) -> None:
    talk = Talk(simulator.endpoint)
    error = talk.ask(text)["error"]
    assert error["reason"] == "MALFORMED_REQUEST"
    message = error["message"].removeprefix("not a faasfarm.v1.Request in JSON: ")
    # No name of a library's case is left over.
    assert WRONG[text] in message and len(message.split()) > 5, message
    talk.socket.close()
