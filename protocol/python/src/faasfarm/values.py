"""Python values and spaces to wire values and back."""

import sys
from collections.abc import Iterable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from .errors import InvalidAction
from .v1 import faasfarm_pb2 as pb

DTYPES = {value.number: np.dtype(value.name.lower()) for value in pb.DType.DESCRIPTOR.values if value.number != 0}
"""NumPy's element types by their number on the wire."""


MAX_DEPTH = 40
"""How deep values may be nested here; daemons read fewer, and say so. The protobuf library has a limit of its own."""


def encode(value: Any, depth: int = 0) -> pb.Value:
    """A Python or NumPy value as a wire value.

    Raises:
        TypeError: a value of no kind that the protocol knows.
        ValueError: one that is nested more than `MAX_DEPTH` deep, or an integer of more than 64 bits.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"the value is nested more than {MAX_DEPTH} deep")
    match value:
        case bool() | np.bool_():
            return pb.Value(boolean=bool(value))
        case int() | np.integer():
            if not -(2**63) <= int(value) < 2**63:
                raise ValueError(f"{value} is out of the range of integers, which have 64 bits")
            return pb.Value(integer=int(value))
        case float() | np.floating():
            return pb.Value(number=float(value))
        case str():
            return pb.Value(text=value)
        case dict():
            return pb.Value(dict=pb.DictValue(entries=entries(value, depth + 1)))
        case list() | tuple():
            return pb.Value(tuple=pb.TupleValue(items=[encode(item, depth + 1) for item in value]))
        case np.ndarray():
            if value.dtype not in DTYPES.values():
                known = ", ".join(map(str, DTYPES.values()))
                raise TypeError(f"cannot send an array of {value.dtype}; send one of {known}")
            array = pb.Array(
                dtype=pb.DType.Value(value.dtype.name.upper()),
                shape=value.shape,
                data=value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes(),
            )
            return pb.Value(array=array)
    raise TypeError(f"cannot send a {type(value).__name__}; send bool, int, float, str, dict, list, tuple or an array")


def too_large(given: Any) -> int | None:
    """The first integer among those given that no integer type of 64 bits holds; None where there is none.

    NumPy makes floating-point numbers or objects of a sequence with such a one.
    """
    items = given.ravel().tolist() if isinstance(given, np.ndarray) and given.dtype == object else given
    if isinstance(items, list | tuple):
        for item in items:
            if isinstance(item, list | tuple) and (found := too_large(item)) is not None:
                return found
            item = item[()] if isinstance(item, np.ndarray) and item.shape == () else item
            is_integer = isinstance(item, (int, np.integer)) and not isinstance(item, bool)
            if is_integer and not -(2**63) <= int(item) < 2**63:
                return int(item)
    return None


def action(value: Any, space: spaces.Space, wire: pb.Value | None = None) -> pb.Value:
    """An action as a wire value. Nothing is rounded, cut or guessed.

    Args:
        value: the action.
        space: the action space.
        wire: an earlier result to be written over; None for a new one.

    Raises:
        InvalidAction: it is not an element of `space`, as far as that is seen here; the daemon sees the rest.
    """
    wire = pb.Value() if wire is None else wire
    if not isinstance(space, spaces.Discrete):
        try:
            wire.CopyFrom(encode(value))
        except (TypeError, ValueError) as error:
            if (number := too_large(value)) is not None:
                raise invalid("ACTION_OUT_OF_SPACE", f"{number} is out of the range of integers") from error
            raise invalid("ACTION_DTYPE", f"{error}") from error
        return wire
    if isinstance(value, np.ndarray):
        if value.shape != ():
            raise invalid("ACTION_SHAPE", f"expected a single integer, got an array of shape {value.shape}")
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise invalid("ACTION_DTYPE", f"expected an integer, got {value!r} of type {type(value).__name__}")
    number = int(value)
    first = int(space.start)
    if not first <= number < first + int(space.n):
        raise invalid("ACTION_OUT_OF_SPACE", f"expected {first} to {first + int(space.n) - 1}, got {number}")
    wire.integer = number
    return wire


def invalid(reason: str, message: str) -> InvalidAction:
    """The error for what is no action, with the protocol's reason."""
    message = f"not an action of this environment: {message}; nothing was stepped"
    return InvalidAction(message, "INVALID_ARGUMENT", reason)


def seed(value: Any) -> int:
    """A seed for the wire and for NumPy.

    Raises:
        gymnasium.error.Error: it is no non-negative integer.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise gymnasium.error.Error(
            f"a seed must be a non-negative integer, got {value!r} of type {type(value).__name__}"
        )
    return int(value)


def words(number: int) -> list[int]:
    """32-bit words of a non-negative integer, least significant first; one at least."""
    return [number >> shift & 0xFFFFFFFF for shift in range(0, max(number.bit_length(), 1), 32)]


def number(words: Iterable[int]) -> int:
    """The integer of its 32-bit words, least significant first."""
    return sum(word << 32 * place for place, word in enumerate(words))


def entries(values: dict[str, Any], depth: int = 0) -> list[pb.Entry]:
    """Entries in the order of their keys; None values are left out."""
    return [pb.Entry(key=key, value=encode(values[key], depth)) for key in sorted(values) if values[key] is not None]


def array(wire: pb.Array) -> np.ndarray:
    """An array that the caller owns."""
    shape = tuple(wire.shape)
    if wire.values:
        return np.array(wire.values, dtype=DTYPES[wire.dtype]).reshape(shape)
    data = wire.data
    array = np.empty(shape, DTYPES[wire.dtype])
    if len(data) != array.nbytes:
        raise ValueError(f"{len(data)} bytes do not make an array of {array.dtype} of shape {shape}")
    if data:
        array.data.cast("B")[:] = data
    if sys.byteorder == "big":
        array.byteswap(inplace=True)
    return array


_PLAIN = frozenset({"number", "integer", "boolean", "text"})


def decode(wire: pb.Value) -> Any:
    """The Python value: float, int, bool, str, array, dict or tuple."""
    kind = wire.WhichOneof("kind")
    if kind in _PLAIN:
        return getattr(wire, kind)
    if kind == "array":
        return array(wire.array)
    if kind == "dict":
        return {entry.key: decode(entry.value) for entry in wire.dict.entries}
    if kind == "tuple":
        return tuple([decode(item) for item in wire.tuple.items])
    return None


def element(wire: pb.Value, space: spaces.Space) -> Any:
    """A wire value as an element of `space`."""
    # Nearly all are arrays, and what is asked first is found soonest.
    if isinstance(space, spaces.Box) and wire.HasField("array"):
        return array(wire.array)
    if isinstance(space, spaces.Dict):
        return {key: element(_entry(wire, key), part) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(element(item, part) for item, part in zip(wire.tuple.items, space.spaces, strict=True))
    value = decode(wire)
    return space.dtype.type(value) if isinstance(space, spaces.Discrete) else value


def _integers(number: int) -> dict[str, Any]:
    """The argument for a space's element type, where it is not the usual one."""
    return {} if number in (0, pb.INT64) else {"dtype": DTYPES[number].type}


def _entry(wire: pb.Value, key: str) -> pb.Value:
    return next(entry.value for entry in wire.dict.entries if entry.key == key)


def _bounds(numbers: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Bounds came as floating-point numbers: those of 64 bits, such as 2^63 - 1, were rounded up on their way."""
    if dtype.kind not in "iu":
        return numbers.astype(dtype)
    known = np.iinfo(dtype)
    low, high = numbers <= float(known.min), numbers >= float(known.max)
    inside = np.where(low | high, 0, numbers).astype(dtype)
    return np.where(high, known.max, np.where(low, known.min, inside)).astype(dtype)


def space(wire: pb.Space) -> spaces.Space:
    """The Gymnasium space of a description."""
    match wire.WhichOneof("kind"):
        case "box":
            shape, dtype = tuple(wire.box.shape), DTYPES[wire.box.dtype]
            bounds = [
                np.full(shape, bound[0]) if len(bound) == 1 else np.array(bound).reshape(shape)
                for bound in (wire.box.low, wire.box.high)
            ]
            return spaces.Box(_bounds(bounds[0], dtype), _bounds(bounds[1], dtype), shape, dtype.type)
        case "discrete":
            return spaces.Discrete(wire.discrete.n, start=wire.discrete.start, **_integers(wire.discrete.dtype))
        case "multi_discrete":
            nvec, start = (
                np.array(numbers).reshape(tuple(wire.multi_discrete.shape))
                for numbers in (wire.multi_discrete.nvec, wire.multi_discrete.start)
            )
            return spaces.MultiDiscrete(nvec, start=start, **_integers(wire.multi_discrete.dtype))
        case "multi_binary":
            shape = tuple(wire.multi_binary.shape)
            # Gymnasium tells MultiBinary(3) from MultiBinary((3,)), and people write the former.
            return spaces.MultiBinary(shape[0] if len(shape) == 1 else shape)
        case "text":
            charset = {"charset": wire.text.charset} if wire.text.charset else {}
            return spaces.Text(wire.text.max_length, min_length=wire.text.min_length, **charset)
        case "dict":
            return spaces.Dict({entry.key: space(entry.space) for entry in wire.dict.entries})
        case "tuple":
            return spaces.Tuple([space(item) for item in wire.tuple.items])
    raise ValueError(f"the daemon described a space of a kind that this package does not know: {wire}")
