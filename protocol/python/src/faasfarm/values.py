"""Python values and spaces to wire values and back."""

from typing import Any

import numpy as np
from gymnasium import spaces

from .v1 import faasfarm_pb2 as pb

DTYPES = {value.name: np.dtype(value.name.lower()) for value in pb.DType.DESCRIPTOR.values if value.number != 0}


def _dtype(value: int) -> np.dtype:
    return DTYPES[pb.DType.Name(value)]


def encode(value: Any) -> pb.Value:
    """A wire value.

    Raises:
        TypeError: a value of no kind that the protocol knows.
    """
    match value:
        case bool() | np.bool_():
            return pb.Value(boolean=bool(value))
        case int() | np.integer():
            return pb.Value(integer=int(value))
        case float() | np.floating():
            return pb.Value(number=float(value))
        case str():
            return pb.Value(text=value)
        case dict():
            return pb.Value(dict=pb.DictValue(entries=entries(value)))
        case list() | tuple():
            return pb.Value(tuple=pb.TupleValue(items=[encode(item) for item in value]))
        case np.ndarray():
            array = pb.Array(
                dtype=pb.DType.Value(value.dtype.name.upper()),
                shape=value.shape,
                data=value.astype(value.dtype.newbyteorder("<")).tobytes(),
            )
            return pb.Value(array=array)
    raise TypeError(f"cannot send a {type(value).__name__}; send bool, int, float, str, dict, list, tuple or an array")


def entries(values: dict[str, Any]) -> list[pb.Entry]:
    """Entries in the order of their keys; None values are left out."""
    return [pb.Entry(key=key, value=encode(values[key])) for key in sorted(values) if values[key] is not None]


def array(wire: pb.Array) -> np.ndarray:
    """An array that the caller owns."""
    shape = tuple(wire.shape)
    if wire.values:
        return np.array(wire.values, dtype=_dtype(wire.dtype)).reshape(shape)
    return np.frombuffer(wire.data, dtype=_dtype(wire.dtype).newbyteorder("<")).reshape(shape).copy()


def decode(wire: pb.Value) -> Any:
    """The Python value: float, int, bool, str, array, dict or tuple."""
    match wire.WhichOneof("kind"):
        case "array":
            return array(wire.array)
        case "dict":
            return {entry.key: decode(entry.value) for entry in wire.dict.entries}
        case "tuple":
            return tuple(decode(item) for item in wire.tuple.items)
        case None:
            return None
        case kind:
            return getattr(wire, kind)


def element(wire: pb.Value, space: spaces.Space) -> Any:
    """A wire value as an element of `space`."""
    if isinstance(space, spaces.Dict):
        return {key: element(_entry(wire, key), part) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(element(item, part) for item, part in zip(wire.tuple.items, space.spaces, strict=True))
    value = decode(wire)
    return np.int64(value) if isinstance(space, spaces.Discrete) else value


def _entry(wire: pb.Value, key: str) -> pb.Value:
    return next(entry.value for entry in wire.dict.entries if entry.key == key)


def space(wire: pb.Space) -> spaces.Space:
    """The Gymnasium space of a description."""
    match wire.WhichOneof("kind"):
        case "box":
            shape, dtype = tuple(wire.box.shape), _dtype(wire.box.dtype)
            bounds = [
                np.full(shape, bound[0]) if len(bound) == 1 else np.array(bound).reshape(shape)
                for bound in (wire.box.low, wire.box.high)
            ]
            return spaces.Box(bounds[0].astype(dtype), bounds[1].astype(dtype), shape, dtype.type)
        case "discrete":
            return spaces.Discrete(wire.discrete.n, start=wire.discrete.start)
        case "multi_discrete":
            nvec, start = (
                np.array(numbers).reshape(tuple(wire.multi_discrete.shape))
                for numbers in (wire.multi_discrete.nvec, wire.multi_discrete.start)
            )
            return spaces.MultiDiscrete(nvec, start=start)
        case "multi_binary":
            return spaces.MultiBinary(list(wire.multi_binary.shape))
        case "text":
            return spaces.Text(wire.text.max_length, min_length=wire.text.min_length, charset=wire.text.charset)
        case "dict":
            return spaces.Dict({entry.key: space(entry.space) for entry in wire.dict.entries})
        case "tuple":
            return spaces.Tuple([space(item) for item in wire.tuple.items])
    raise ValueError(f"the daemon described a space of a kind that this package does not know: {wire}")
