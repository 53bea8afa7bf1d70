"""Replies read in place are what the protobuf library reads."""

import numpy as np
import pytest
from faasfarm import rows, values
from faasfarm.v1 import faasfarm_pb2 as pb


def step(rng: np.random.Generator, count: int, dtype: str = "float32") -> pb.Reply:
    reply = pb.Reply(
        request_id=int(rng.integers(1 << 40)), session_id="a" * 32, server_time_ns=int(rng.integers(1 << 62))
    )
    content = reply.step
    observation = (rng.random((count, int(rng.integers(1, 5)))) * 200).astype(dtype)
    content.observation.CopyFrom(values.encode(observation))
    content.rewards.extend(rng.normal(size=count))
    content.terminations.extend(rng.random(count) < 0.3)
    content.truncations.extend(rng.random(count) < 0.3)
    if rng.random() < 0.5:
        content.action_mask.CopyFrom(values.encode((rng.random((count, 3)) < 0.5).astype(np.int8)))
    if rng.random() < 0.3:
        content.info.SetInParent()
    return reply


@pytest.mark.parametrize("count", [1, 2, 7, 130, 1024])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64", "bool"])
def test_rows_are_those_of_the_message(count: int, dtype: str) -> None:
    rng = np.random.default_rng([count, len(dtype)])
    for _ in range(20):
        message = step(rng, count, dtype)
        read = rows.reply(message.SerializeToString())
        assert type(read) is rows.Rows and read.WhichOneof("kind") == "step"
        assert read.request_id == message.request_id
        expected = values.array(message.step.observation.array)
        np.testing.assert_array_equal(read.observation, expected, strict=True)
        np.testing.assert_array_equal(read.rewards, np.array(message.step.rewards, np.float64), strict=True)
        np.testing.assert_array_equal(read.terminations, np.array(message.step.terminations, np.bool_), strict=True)
        np.testing.assert_array_equal(read.truncations, np.array(message.step.truncations, np.bool_), strict=True)
        if message.step.HasField("action_mask"):
            mask = values.array(message.step.action_mask.array)
            np.testing.assert_array_equal(read.action_mask, mask, strict=True)
        else:
            assert read.action_mask is None
        for array in (read.observation, read.rewards, read.terminations, read.truncations):
            assert array.flags.owndata and array.flags.writeable


def unusual() -> list[pb.Reply]:
    rng = np.random.default_rng(3)
    with_info, with_finals, dict_observation = (step(rng, 4) for _ in range(3))
    with_info.step.info.entries.add(key="steps")
    with_finals.step.final_mask.extend([True, False, False, False])
    dict_observation.step.observation.dict.SetInParent()
    without = step(rng, 4)
    without.step.ClearField("observation")
    return [
        pb.Reply(request_id=3, error=pb.Error(message="no")),
        pb.Reply(request_id=3, ping=pb.Ping.Reply(state="ready")),
        pb.Reply(),
        with_info,
        with_finals,
        dict_observation,
        without,
    ]


@pytest.mark.parametrize("message", unusual())
def test_all_else_is_left_to_the_library(message: pb.Reply) -> None:
    assert rows.reply(message.SerializeToString()) == message


def test_mutated_frames_are_read_as_the_library_reads_them_or_refused_as_there() -> None:
    rng = np.random.default_rng(5)
    for _ in range(3000):
        frame = bytearray(step(rng, 3).SerializeToString())
        for _ in range(int(rng.integers(1, 4))):
            frame[int(rng.integers(len(frame)))] = int(rng.integers(256))
        frame = bytes(frame[: int(rng.integers(len(frame) // 2, len(frame) + 1))])
        try:
            read = rows.reply(frame)
        except Exception as error:  # noqa: BLE001
            # Then it is the library's refusal.
            with pytest.raises(type(error)):
                pb.Reply.FromString(frame)
            continue
        if type(read) is rows.Rows:
            try:
                message = pb.Reply.FromString(frame)
            except Exception:  # noqa: BLE001
                # The session's id is not looked at here: it may be no text.
                continue
            np.testing.assert_array_equal(read.rewards, np.array(message.step.rewards, np.float64))
            assert read.request_id == message.request_id
