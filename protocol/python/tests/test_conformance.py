"""The conformance vectors of the protocol: each message's three forms are the same message."""

import json
import re
from pathlib import Path

import pytest
from faasfarm import elements, values
from faasfarm.v1 import faasfarm_pb2 as pb
from google.protobuf import json_format, text_format

FOLDER = Path(__file__).resolve().parents[2] / "v1" / "conformance"


def load(name: str) -> list[dict]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


VECTORS = [one for name in ("requests", "replies", "errors", "values", "spaces") for one in load(name)]
SCENARIOS = load("scenarios")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['kind']}: {one['name']}")
def test_a_message_is_the_same_in_three_forms(vector: dict) -> None:
    kind = getattr(pb, vector["kind"])
    from_text = text_format.Parse(vector["text"], kind())
    assert from_text.SerializeToString(deterministic=True).hex() == vector["binary"]
    for message in (
        from_text,
        kind.FromString(bytes.fromhex(vector["binary"])),
        json_format.ParseDict(vector["json"], kind()),
    ):
        # Compared as bytes, in which NaN is NaN and minus zero is not zero.
        assert message.SerializeToString(deterministic=True).hex() == vector["binary"]
        # Infinity and NaN are text, so JSON's own numbers are all that is compared.
        assert json_format.MessageToDict(message, preserving_proto_field_name=True) == vector["json"]


def test_names_are_given_once() -> None:
    names = [(vector["kind"], vector["name"]) for vector in VECTORS]
    assert len(set(names)) == len(names)
    assert all(vector.keys() == {"name", "kind", "text", "binary", "json"} for vector in VECTORS)


def test_nothing_of_the_schema_is_missing() -> None:
    messages = [getattr(pb, one["kind"]).FromString(bytes.fromhex(one["binary"])) for one in VECTORS]
    for kind in (pb.Request, pb.Reply, pb.Value, pb.Space):
        (oneof,) = kind.DESCRIPTOR.oneofs_by_name.values() if kind is not pb.Value else [kind.DESCRIPTOR.oneofs[0]]
        seen = {message.WhichOneof(oneof.name) for message in messages if isinstance(message, kind)}
        assert seen - {None} == {field.name for field in oneof.fields}, kind.DESCRIPTOR.name
    errors = [message.error for message in messages if isinstance(message, pb.Reply) and message.HasField("error")]
    assert {error.reason for error in errors} == set(pb.ErrorReason.values())
    assert {error.code for error in errors} == set(pb.ErrorCode.values()) - {0}
    arrays = [message.array for message in messages if isinstance(message, pb.Value) and message.HasField("array")]
    assert {array.dtype for array in arrays} == set(pb.DType.values())


@pytest.mark.parametrize("vector", [one for one in VECTORS if one["kind"] == "Space"], ids=lambda one: one["name"])
def test_spaces_become_gymnasiums_and_are_described_alike(vector: dict) -> None:
    wire = pb.Space.FromString(bytes.fromhex(vector["binary"]))
    space = values.space(wire)
    assert elements.describe(space) == wire
    space.seed(5)
    for _ in range(10):
        element = space.sample()
        assert space.contains(element)
        sent = elements.encode(element, space)
        assert elements.encode(elements.decode(sent, space), space) == sent
        assert space.contains(values.element(sent, space))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["name"])
def test_requests_of_scenarios_are_the_same_in_both_forms(scenario: dict) -> None:
    session = "a session's id"
    name = (bytes([len(session)]) + session.encode()).hex()
    for step in scenario["steps"]:
        binary = bytes.fromhex(step["binary"].replace("{session}", name))
        request = json_format.Parse(json.dumps(step["request"]).replace("{session}", session), pb.Request())
        assert pb.Request.FromString(binary) == request
        # What is expected is of the schema, whatever its wildcards stand for.
        expected = re.sub(r'"\{(any|number|text|session)\}"', "null", json.dumps(step["reply"]))
        json_format.Parse(re.sub(r"\[null(, null)*\]", "[]", expected), pb.Reply())


def test_malformed_frames_are_no_requests() -> None:
    for frame in load("malformed"):
        data = bytes.fromhex(frame["binary"])
        try:
            if data[:1] == b"{":
                request = json_format.Parse(data.decode(), pb.Request(), ignore_unknown_fields=True)
            else:
                request = pb.Request.FromString(data)
        except Exception:
            continue
        assert request.WhichOneof("kind") is None, frame["name"]
