#!/usr/bin/env python3
"""Plays the scenarios against a server, in binary and in JSON, with pyzmq and nothing else.

    python protocol/v1/conformance/run.py tcp://127.0.0.1:5555

The server has to serve faasfarm/CartPole-v1, an environment that does what Gymnasium's CartPole-v1 does. Each scenario
is PASS or FAIL, with what was got and what was expected; the exit code is 1 when one fails or nobody answers.

It is an example too: of how little a client needs. Binary replies are read with the schema itself, in some sixty lines.
"""

import argparse
import json
import re
import struct
import sys
from pathlib import Path

import zmq

FOLDER = Path(__file__).resolve().parent
TOLERANCE = 1e-5
ELEMENTS = {
    **{"FLOAT16": "e", "FLOAT32": "f", "FLOAT64": "d", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q"},
    **{"UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q", "BOOL": "?"},
}
PLAIN = {"double": "<d", "fixed32": "<I"}


class Schema:
    """Messages and enums of a .proto file, as far as reading a message needs them."""

    def __init__(self, text: str) -> None:
        self.messages: dict[str, dict[int, tuple[str, str, bool]]] = {}
        self.enums: dict[str, dict[int, str]] = {}
        scope: list[tuple[str, str]] = []
        for line in re.sub(r"//[^\n]*", "", text).replace("{}", "{\n}").splitlines():
            if opened := re.match(r"\s*(message|enum|oneof)\s+(\w+)\s*{", line):
                scope.append((opened[1], opened[2]))
                if opened[1] != "oneof":
                    name = ".".join(part for kind, part in scope if kind != "oneof")
                    (self.messages if opened[1] == "message" else self.enums)[name] = {}
            elif re.match(r"\s*}", line):
                scope.pop()
            elif field := re.match(r"\s*(?:(repeated|optional)\s+)?(?:([\w.]+)\s+)?(\w+)\s*=\s*(\d+)\s*;", line):
                owner = ".".join(part for kind, part in scope if kind != "oneof")
                if not scope:
                    continue
                if scope[-1][0] == "enum":
                    self.enums[owner][int(field[4])] = field[3]
                else:
                    self.messages[owner][int(field[4])] = (field[3], field[2], field[1] == "repeated")

    def _resolved(self, owner: str, kind: str) -> str:
        scopes = owner.split(".")
        names = [".".join([*scopes[:depth], kind]) for depth in range(len(scopes), -1, -1)]
        return next((name for name in names if name in self.messages or name in self.enums), kind)

    def read(self, data: bytes, message: str) -> dict:
        """A binary message in the form that JSON has: 64-bit integers are text, enums their names."""
        result: dict = {}
        place = 0
        while place < len(data):
            tag, place = varint(data, place)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                content, place = varint(data, place)
            elif wire == 2:
                size, place = varint(data, place)
                content, place = data[place : place + size], place + size
            else:
                size = {1: 8, 5: 4}[wire]
                content, place = data[place : place + size], place + size
            # Fields of a later version are passed over.
            if number in self.messages[message]:
                name, kind, is_repeated = self.messages[message][number]
                values = self._values(content, self._resolved(message, kind), wire)
                if is_repeated:
                    result.setdefault(name, []).extend(values)
                else:
                    result[name] = values[0]
        return result

    def _values(self, content: int | bytes, kind: str, wire: int) -> list:
        if kind in self.messages:
            return [self.read(content, kind)]
        if kind in ("string", "bytes"):
            return [content.decode() if kind == "string" else content]
        if kind in PLAIN:
            return [value for (value,) in struct.iter_unpack(PLAIN[kind], content)]
        if wire == 2:
            numbers, place = [], 0
            while place < len(content):
                number, place = varint(content, place)
                numbers.append(number)
        else:
            numbers = [content]
        if kind in self.enums:
            return [self.enums[kind].get(number, number) for number in numbers]
        if kind == "int64":
            return [str(number - (1 << 64) if number >> 63 else number) for number in numbers]
        return [{"bool": bool, "uint64": str}.get(kind, int)(number) for number in numbers]


def varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place


def readable(value: object) -> object:
    """Elements as `values` and seeds as `decimal`, as JSON replies have them."""
    if isinstance(value, list):
        return [readable(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: readable(part) for key, part in value.items()}
    if isinstance(value.get("data"), bytes):
        elements = struct.iter_unpack("<" + ELEMENTS[value["dtype"]], value.pop("data"))
        value["values"] = [float(element) for (element,) in elements]
    if "words" in value:
        value["decimal"] = str(sum(word << 32 * place for place, word in enumerate(value.pop("words"))))
    return value


def difference(got: object, expected: object, known: dict, place: str = "reply") -> str:
    """Where the two differ; empty when they do not. `known` keeps the session's id."""
    if expected == "{any}" or (expected == "{text}" and isinstance(got, str) and got):
        return ""
    if expected == "{number}" and isinstance(got, int | float | str):
        # NaN and infinities are text in JSON, and so are 64-bit integers.
        return "" if not isinstance(got, str) or re.fullmatch(r"-?\d+|NaN|-?Infinity", got) else f"{place} is {got!r}"
    if expected == "{session}":
        expected = known.setdefault("session", got)
    if isinstance(expected, dict) and isinstance(got, dict):
        for key, part in expected.items():
            if part is None:
                if key in got:
                    return f"{place}.{key} is {got[key]!r}, expected none"
            elif key not in got and part not in (0, False, "{number}", "{any}"):
                return f"{place} has {sorted(got)}, expected {key}"
            elif key in got and (found := difference(got[key], part, known, f"{place}.{key}")):
                return found
        return ""
    if isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        pairs = enumerate(zip(got, expected, strict=True))
        found = (difference(*pair, known, f"{place}[{index}]") for index, pair in pairs)
        return next(filter(None, found), "")
    is_number = isinstance(got, int | float) and isinstance(expected, int | float)
    if is_number and isinstance(got, bool) == isinstance(expected, bool) and abs(got - expected) <= TOLERANCE:
        return ""
    return "" if got == expected else f"{place} is {got!r}, expected {expected!r}"


class Connection:
    """Sends bytes, and waits for the reply for a limited time."""

    def __init__(self, endpoint: str, schema: Schema, seconds: float) -> None:
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.linger = 0
        self.socket.rcvtimeo = int(seconds * 1000)
        self.socket.ipv6 = "[" in endpoint
        self.socket.connect(endpoint)
        self.schema = schema

    def ask(self, request: bytes) -> bytes:
        self.socket.send(request)
        return self.socket.recv()

    def read(self, reply: bytes) -> dict:
        return json.loads(reply) if reply[:1] == b"{" else readable(self.schema.read(reply, "Reply"))


def play(scenario: dict, form: str, connection: Connection) -> str:
    """Why the scenario fails; empty when it passes."""
    known: dict = {}
    replies: list[bytes] = []
    for index, step in enumerate(scenario["steps"]):
        session = known.get("session", "")
        if form == "json":
            request = json.dumps(step["request"]).replace("{session}", session).encode()
        else:
            name = bytes([len(session)]) + session.encode()
            request = bytes.fromhex(step["binary"].replace("{session}", name.hex()))
        reply = connection.ask(request)
        replies.append(reply)
        if (reply[:1] == b"{") != (form == "json"):
            return f"step {index}: the reply is not in the form of the request"
        if found := difference(connection.read(reply), step["reply"], known):
            return f"step {index}: {found}; the request was {json.dumps(step['request'])}"
        if "same_bytes_as" in step and reply != replies[step["same_bytes_as"]]:
            return f"step {index}: other bytes than the reply to step {step['same_bytes_as']}"
    return ""


def malformed(frame: dict, connection: Connection) -> str:
    """Why the answer to a frame that holds no request is wrong; empty when it is right."""
    reply = connection.ask(bytes.fromhex(frame["binary"]))
    expected = {"error": {"code": "INVALID_ARGUMENT", "reason": frame["reason"], "message": "{text}"}}
    return difference(connection.read(reply), expected, {})


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Play the protocol's scenarios against a server, in binary and in JSON.",
        epilog="The server has to serve faasfarm/CartPole-v1. Exit code 1: one failed, or nobody answers.",
    )
    parser.add_argument("endpoint", help="tcp://HOST:PORT or ipc://PATH")
    parser.add_argument("--seconds", type=float, default=10, help="wait so long for a reply (default: %(default)g)")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    given = parser.parse_args()
    schema = Schema((FOLDER.parent / "faasfarm.proto").read_text(encoding="utf-8"))
    scenarios, frames = (json.loads((FOLDER / f"{name}.json").read_text()) for name in ("scenarios", "malformed"))
    results = []
    try:
        connection = Connection(given.endpoint, schema, given.seconds)
        offered = connection.read(connection.ask(b'{"hello": {}}'))["hello"].get("capabilities", [])
        for scenario in scenarios:
            if not set(scenario.get("needs", [])) <= set(offered):
                continue
            for form in ("binary", "json"):
                results.append((f"{scenario['name']}, in {form}", play(scenario, form, connection)))
        for frame in frames:
            results.append((f"malformed: {frame['name']}", malformed(frame, connection)))
    except zmq.ZMQError as error:
        reason = f"no reply within {given.seconds:g} s" if isinstance(error, zmq.Again) else str(error)
        print(f"{given.endpoint}: {reason}, after {len(results)} scenarios", file=sys.stderr)
        return 1
    failed = sum(1 for _, reason in results if reason)
    if given.format == "json":
        print(json.dumps({"failed": failed, "results": [{"name": name, "reason": why} for name, why in results]}))
    else:
        for name, reason in results:
            print(f"FAIL  {name}: {reason}" if reason else f"PASS  {name}")
        print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
