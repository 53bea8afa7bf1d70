"""Completes the conformance vectors of protocol/v1/conformance: people write the text, this the other forms.

`write` makes `binary` and `json` of each message's `text`, and `binary` of each request of the scenarios, and lays the
files out. Whether they are right is for the tests to say, in Python and in Swift.
"""

import json
import sys
from pathlib import Path

from faasfarm.v1 import faasfarm_pb2 as pb
from google.protobuf import json_format, text_format

FOLDER = Path(__file__).resolve().parents[1] / "protocol" / "v1" / "conformance"
MESSAGES = ["requests", "replies", "errors", "values", "spaces"]
SESSION = "0123456789abcdef0123456789abcdef"


def completed(vector: dict) -> dict:
    """A message's three forms."""
    message = getattr(pb, vector["kind"])()
    text_format.Parse(vector["text"], message)
    fields = json_format.MessageToDict(message, preserving_proto_field_name=True)
    head = {key: vector[key] for key in ("name", "kind", "text")}
    return head | {"binary": message.SerializeToString(deterministic=True).hex(), "json": fields}


def template(request: dict) -> str:
    """The binary form of a request, in which {session} stands for the length of the session's id and the id."""
    text = json.dumps(request).replace("{session}", SESSION)
    binary = json_format.Parse(text, pb.Request()).SerializeToString(deterministic=True).hex()
    if "{session}" not in json.dumps(request):
        return binary
    named = (bytes([len(SESSION)]) + SESSION.encode()).hex()
    assert binary.count(named) == 1
    return binary.replace(named, "{session}")


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def laid_out(vectors: list[dict]) -> str:
    """One field a line."""
    blocks = [",\n".join(f"    {compact(key)}: {compact(value)}" for key, value in one.items()) for one in vectors]
    return "[\n" + ",\n".join(f"  {{\n{block}\n  }}" for block in blocks) + "\n]\n"


def laid_out_scenarios(scenarios: list[dict]) -> str:
    blocks = []
    for scenario in scenarios:
        steps = []
        for step in scenario["steps"]:
            fields = [f"        {compact(key)}: {compact(value)}" for key, value in step.items()]
            steps.append("      {\n" + ",\n".join(fields) + "\n      }")
        head = [f"    {compact(key)}: {compact(scenario[key])}" for key in ("name", "rule", "needs") if key in scenario]
        blocks.append("  {\n" + ",\n".join([*head, '    "steps": [\n' + ",\n".join(steps) + "\n    ]"]) + "\n  }")
    return "[\n" + ",\n".join(blocks) + "\n]\n"


def write() -> None:
    for name in MESSAGES:
        path = FOLDER / f"{name}.json"
        path.write_text(laid_out([completed(vector) for vector in json.loads(path.read_text())]))
    path = FOLDER / "malformed.json"
    path.write_text(laid_out(json.loads(path.read_text())))
    path = FOLDER / "scenarios.json"
    scenarios = json.loads(path.read_text())
    for scenario in scenarios:
        for step in scenario["steps"]:
            rest = {key: value for key, value in step.items() if key not in ("request", "binary")}
            request = step["request"]
            step.clear()
            step |= {"request": request, "binary": template(request)} | rest
    path.write_text(laid_out_scenarios(scenarios))


if __name__ == "__main__":
    if sys.argv[1:] != ["write"]:
        sys.exit("usage: conformance.py write")
    write()
