"""Replies to a vector's steps, read in place.

Nearly all of them hold an observation, rewards, flags and perhaps masks, and nothing else. The protobuf library copies
each part into a message, and out of it again; here a part is copied once, from the frame into the caller's own array.
Whatever else is in a reply leaves it to the library.
"""

import sys
from typing import Any

import numpy as np

from .v1 import faasfarm_pb2 as pb

_DTYPES = {value.number: np.dtype(value.name.lower()) for value in pb.DType.DESCRIPTOR.values if value.number != 0}


class _Unusual(Exception):
    """The frame holds something that is not read here."""


class Rows:
    """What came of a vector's step.

    Attributes:
        request_id: the request that is answered.
        observation: of all sub-environments.
        rewards: float64.
        terminations: bool.
        truncations: bool.
        action_mask: int8, (num_envs, actions); None where there is none.
    """

    __slots__ = ("request_id", "observation", "rewards", "terminations", "truncations", "action_mask")

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.request_id = 0
        self.observation = self.rewards = self.terminations = self.truncations = self.action_mask = None

    def WhichOneof(self, _: str) -> str:  # noqa: N802
        """As a message has it."""
        return "step"


def reply(frame: bytes) -> "pb.Reply | Rows":
    """A reply's rows, or, when it is none that consists of rows, the message.

    Raises:
        DecodeError: it is no reply.
    """
    if sys.byteorder == "little":
        try:
            return _rows(frame)
        except (_Unusual, IndexError, KeyError, ValueError):
            pass
    return pb.Reply.FromString(frame)


def _varint(frame: bytes, place: int) -> tuple[int, int]:
    byte = frame[place]
    if byte < 128:
        return byte, place + 1
    number, shift = byte & 127, 7
    while True:
        place += 1
        byte = frame[place]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place + 1
        shift += 7
        if shift > 63:
            raise _Unusual


def _rows(frame: bytes) -> Rows:
    rows = Rows()
    place, end = 0, len(frame)
    begin = stop = -1
    while place < end:
        tag, place = _varint(frame, place)
        content, place = _varint(frame, place)
        if tag == 8:  # request_id
            rows.request_id = content
        elif tag == 194:  # step
            begin, stop = place, place + content
            place = stop
        elif tag == 18:  # session_id
            place += content
        elif tag != 24:  # server_time_ns
            raise _Unusual
    if begin < 0 or place != end:
        raise _Unusual
    place = begin
    while place < stop:
        tag, place = _varint(frame, place)
        size, place = _varint(frame, place)
        after = place + size
        if after > stop:
            raise _Unusual
        if tag == 10:
            rows.observation = _array(frame, place, after)
        elif tag == 50:
            rows.rewards = np.frombuffer(frame, "<f8", size // 8, place).copy()
            if size % 8:
                raise _Unusual
        elif tag == 58:
            rows.terminations = _flags(frame, place, size)
        elif tag == 66:
            rows.truncations = _flags(frame, place, size)
        elif tag == 98:
            rows.action_mask = _array(frame, place, after)
        elif tag != 42 or size:  # info
            raise _Unusual
        place = after
    if any(part is None for part in (rows.observation, rows.rewards, rows.terminations, rows.truncations)):
        raise _Unusual
    return rows


def _flags(frame: bytes, place: int, count: int) -> np.ndarray:
    flags = np.frombuffer(frame, np.uint8, count, place)
    # What is no 0 or 1 may be a longer varint.
    if count and flags.max() > 1:
        raise _Unusual
    return flags.astype(np.bool_)


def _array(frame: bytes, place: int, end: int) -> np.ndarray:
    """The array that a Value is."""
    tag, place = _varint(frame, place)
    size, place = _varint(frame, place)
    if tag != 10 or place + size != end:
        raise _Unusual
    dtype: Any = None
    shape: list[int] = []
    first = last = -1
    while place < end:
        tag, place = _varint(frame, place)
        content, place = _varint(frame, place)
        if tag == 8:
            dtype = _DTYPES[content]
            continue
        after = place + content
        if tag == 18:
            while place < after:
                number, place = _varint(frame, place)
                shape.append(number)
        elif tag == 26:
            first, last = place, after
        else:
            raise _Unusual
        place = after
    if dtype is None or first < 0 or place != end:
        raise _Unusual
    array = np.empty(shape, dtype)
    if array.nbytes != last - first or not array.nbytes:
        raise _Unusual
    array.data.cast("B")[:] = memoryview(frame)[first:last]
    return array
