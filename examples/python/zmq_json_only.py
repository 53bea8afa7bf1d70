"""Steers a farm with the standard library and pyzmq alone: JSON in, JSON out."""

import argparse
import json
import sys

import zmq


class Session:
    """A REQ socket that speaks the protocol's JSON form."""

    def __init__(self, endpoint: str, seconds: float) -> None:
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.linger = 0
        self.socket.ipv6 = "[" in endpoint
        self.socket.connect(endpoint)
        self.seconds = seconds
        self.fields: dict = {}
        self.count = 0

    def request(self, kind: str, **body: object) -> dict:
        message = {kind: body} | self.fields
        if self.fields:
            self.count += 1
            message["request_id"] = self.count
        self.socket.send_string(json.dumps(message))
        if not self.socket.poll(self.seconds * 1000):
            sys.exit(f"no reply to {kind} in {self.seconds} s; is faasfarm serve running?")
        reply = json.loads(self.socket.recv())
        if "error" in reply:
            sys.exit(f"{kind} was refused: {reply['error']['reason']}: {reply['error']['message']}")
        return reply[kind]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5555")
    parser.add_argument("--scenario", default="demo")
    parser.add_argument("--steps", type=int, default=3)
    options = parser.parse_args()

    session = Session(options.endpoint, seconds=60)
    hello = session.request("hello", client_name="zmq_json_only")
    print(f"{hello['server_name']} {hello['server_version']}")
    kwargs = [{"key": "scenario", "value": {"text": options.scenario}}]
    made = session.request("make", id="faasfarm/Farm-v0", kwargs=kwargs)
    session.fields = {"session_id": made["session_id"]}
    print("actions:", made["single_action_space"]["discrete"]["n"])
    observation = session.request("reset")["observation"]["array"]["values"]
    print("first observation:", [round(value, 3) for value in observation])
    for step in range(1, options.steps + 1):
        # The middle one of the delta actions: change nothing.
        reply = session.request("step", action={"integer": 2})
        # proto3's JSON leaves out what is zero.
        print(f"step {step}: reward {reply.get('reward', 0):.4f}")
        if reply.get("terminated") or reply.get("truncated"):
            break
    closed = session.request("close")
    print(f"closed after {closed.get('steps', 0)} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
