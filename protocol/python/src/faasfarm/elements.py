"""Spaces and their elements as a server has them: to the wire, and strictly back.

The other direction, what a client reads of them, is in `values`.
"""

from typing import Any

import numpy as np
from gymnasium import spaces

from . import values
from .v1 import faasfarm_pb2 as pb

_NUMBERS = {dtype: number for number, dtype in values.DTYPES.items()}


class Mismatch(Exception):
    """A wire value that is no element of its space.

    Attributes:
        reason: the protocol's reason for an action: `ACTION_DTYPE` (another kind or element type), `ACTION_SHAPE`
            (another number of dimensions or elements), `ACTION_OUT_OF_SPACE` (right kind and shape, out of bounds).
    """

    def __init__(self, reason: str, message: str) -> None:
        """Takes both as they are."""
        super().__init__(message)
        self.reason = reason


def describe(space: spaces.Space) -> pb.Space:
    """A space for the wire.

    Raises:
        TypeError: of a kind, or with an element type, that the protocol does not have.
    """
    match space:
        case spaces.Box():
            box = pb.BoxSpace(dtype=_number(space.dtype), shape=space.shape)
            box.low.extend(_bounds(space.low))
            box.high.extend(_bounds(space.high))
            return pb.Space(box=box)
        case spaces.Discrete():
            dtype = _number(space.dtype)
            return pb.Space(discrete=pb.DiscreteSpace(n=int(space.n), start=int(space.start), dtype=dtype))
        case spaces.MultiDiscrete():
            many = pb.MultiDiscreteSpace(shape=space.shape, dtype=_number(space.dtype))
            many.nvec.extend(space.nvec.ravel().tolist())
            many.start.extend(space.start.ravel().tolist())
            return pb.Space(multi_discrete=many)
        case spaces.MultiBinary():
            return pb.Space(multi_binary=pb.MultiBinarySpace(shape=space.shape))
        case spaces.Text():
            text = pb.TextSpace(min_length=space.min_length, max_length=space.max_length, charset=space.characters)
            return pb.Space(text=text)
        case spaces.Dict():
            entries = [pb.SpaceEntry(key=key, space=describe(space[key])) for key in sorted(space.spaces)]
            return pb.Space(dict=pb.DictSpace(entries=entries))
        case spaces.Tuple():
            return pb.Space(tuple=pb.TupleSpace(items=[describe(part) for part in space.spaces]))
    raise TypeError(
        f"the protocol has no space like {space}; it has Box, Discrete, MultiDiscrete, MultiBinary, Text, Dict, Tuple"
    )


def _number(dtype: Any) -> int:
    if dtype not in _NUMBERS:
        raise TypeError(f"the protocol has no elements of {dtype}; it has {', '.join(map(str, _NUMBERS))}")
    return _NUMBERS[dtype]


def _bounds(bounds: np.ndarray) -> list[float]:
    """One bound for all elements when all are equal to the last bit, so that 0.0 stays 0.0 beside -0.0."""
    flat = bounds.astype(np.float64).ravel()
    bits = flat.view(np.int64)
    return flat[:1].tolist() if flat.size and (bits == bits[0]).all() else flat.tolist()


def encode(element: Any, space: spaces.Space) -> pb.Value:
    """An element of `space` as a wire value of the space's own element type, whatever type it has.

    Raises:
        TypeError, ValueError: it is none; of wrong shape, for example.
    """
    match space:
        case spaces.Discrete():
            return pb.Value(integer=int(element))
        case spaces.Text():
            return pb.Value(text=str(element))
        case spaces.Dict():
            entries = [pb.Entry(key=key, value=encode(element[key], space[key])) for key in sorted(space.spaces)]
            return pb.Value(dict=pb.DictValue(entries=entries))
        case spaces.Tuple():
            pairs = zip(element, space.spaces, strict=True)
            return pb.Value(tuple=pb.TupleValue(items=[encode(item, part) for item, part in pairs]))
    array = np.asarray(element)
    if array.shape != space.shape:
        raise ValueError(f"expected shape {space.shape}, got {array.shape}")
    return values.encode(array.astype(_dtype(space), copy=False))


def _dtype(space: spaces.Space) -> np.dtype:
    match space:
        case spaces.MultiBinary():
            return np.dtype(np.int8)
    return space.dtype


def decode(wire: pb.Value, space: spaces.Space) -> Any:
    """A wire value as an element of `space`. Nothing is rounded, cut or guessed.

    A floating-point number is never taken for an integer, nor a boolean for a number; bare `values` take element type
    and shape from the space.

    Raises:
        Mismatch: it is none.
    """
    kind = wire.WhichOneof("kind")
    if kind is None:
        raise Mismatch("ACTION_DTYPE", "the value is empty: it has none of array, dict, tuple, text, number, integer")
    match space:
        case spaces.Dict():
            return _dict(wire, kind, space)
        case spaces.Tuple():
            if kind != "tuple":
                raise Mismatch("ACTION_DTYPE", f"expected a tuple, got {kind}")
            items = wire.tuple.items
            if len(items) != len(space.spaces):
                raise Mismatch("ACTION_SHAPE", f"expected {len(space.spaces)} items, got {len(items)}")
            return tuple(decode(item, part) for item, part in zip(items, space.spaces, strict=True))
        case spaces.Text():
            return _text(wire, kind, space)
        case spaces.Discrete():
            return _discrete(wire, kind, space)
        case spaces.Box():
            return _box(wire, kind, space)
    return _integers(wire, kind, space)


def _dict(wire: pb.Value, kind: str, space: spaces.Dict) -> dict[str, Any]:
    if kind != "dict":
        raise Mismatch("ACTION_DTYPE", f"expected a dict, got {kind}")
    parts = {entry.key: entry.value for entry in wire.dict.entries}
    if len(parts) != len(wire.dict.entries) or parts.keys() != space.spaces.keys():
        got = [entry.key for entry in wire.dict.entries]
        raise Mismatch("ACTION_SHAPE", f"expected the keys {sorted(space.spaces)}, each once, got {got}")
    return {key: decode(parts[key], part) for key, part in space.spaces.items()}


def _text(wire: pb.Value, kind: str, space: spaces.Text) -> str:
    if kind != "text":
        raise Mismatch("ACTION_DTYPE", f"expected text, got {kind}")
    if not space.min_length <= len(wire.text) <= space.max_length:
        expected = f"{space.min_length} to {space.max_length} characters"
        raise Mismatch("ACTION_OUT_OF_SPACE", f"expected {expected}, got {len(wire.text)}")
    if strange := set(wire.text) - space.character_set:
        raise Mismatch("ACTION_OUT_OF_SPACE", f"{min(strange)!r} is not among the space's characters")
    return wire.text


def _discrete(wire: pb.Value, kind: str, space: spaces.Discrete) -> np.integer:
    if kind == "integer":
        number = wire.integer
    elif kind == "array":
        array = _array(wire.array, np.dtype(np.int64), ())
        if array.shape != ():
            raise Mismatch("ACTION_SHAPE", f"expected a single integer, got an array of shape {array.shape}")
        if array.dtype.kind not in "iu":
            raise Mismatch("ACTION_DTYPE", f"expected an integer, got {array.dtype}")
        number = int(array)
    else:
        raise Mismatch("ACTION_DTYPE", f"expected an integer, got {kind}")
    first = int(space.start)
    if not first <= number < first + int(space.n):
        raise Mismatch("ACTION_OUT_OF_SPACE", f"expected {first} to {first + int(space.n) - 1}, got {number}")
    return space.dtype.type(number)


def _box(wire: pb.Value, kind: str, space: spaces.Box) -> np.ndarray:
    floats = space.dtype.kind == "f"
    if kind == "array":
        array = _array(wire.array, space.dtype, space.shape)
    elif kind == "integer" or (kind == "number" and floats):
        array = np.array(getattr(wire, kind), np.float64 if floats else np.int64)
    else:
        raise Mismatch("ACTION_DTYPE", f"expected an array of {space.dtype}, got {kind}")
    if array.shape != space.shape:
        raise Mismatch("ACTION_SHAPE", f"expected shape {space.shape}, got {array.shape}")
    if (array.dtype.kind == "f") != floats or (array.dtype.kind == "b") != (space.dtype.kind == "b"):
        raise Mismatch("ACTION_DTYPE", f"expected {space.dtype}, got {array.dtype}")
    # NaN is within no bounds.
    wrong = ~((array >= space.low) & (array <= space.high))
    if wrong.any():
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        bounds = f"{space.low[place]} to {space.high[place]}"
        raise Mismatch("ACTION_OUT_OF_SPACE", f"element {place} is {array[place]}, expected {bounds}")
    return array.astype(space.dtype, copy=False)


def _integers(wire: pb.Value, kind: str, space: spaces.MultiDiscrete | spaces.MultiBinary) -> np.ndarray:
    if kind != "array":
        raise Mismatch("ACTION_DTYPE", f"expected an array of integers, got {kind}")
    is_binary = isinstance(space, spaces.MultiBinary)
    array = _array(wire.array, _dtype(space), space.shape)
    if array.dtype.kind not in ("iub" if is_binary else "iu"):
        raise Mismatch("ACTION_DTYPE", f"expected integers, got {array.dtype}")
    if array.shape != space.shape:
        raise Mismatch("ACTION_SHAPE", f"expected shape {space.shape}, got {array.shape}")
    low, high = (0, 1) if is_binary else (space.start, space.start + (space.nvec - 1))
    wrong = (array < low) | (array > high)
    if wrong.any():
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        raise Mismatch("ACTION_OUT_OF_SPACE", f"element {place} is {array[place]}, which is out of the space")
    return array.astype(space.dtype, copy=False)


def _array(wire: pb.Array, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """The array as it was sent; `dtype` and `shape` are for bare values."""
    if wire.HasField("frame"):
        raise Mismatch("ACTION_DTYPE", "array frames are not offered by this server; send data or values")
    if wire.dtype and wire.dtype not in values.DTYPES:
        raise Mismatch("ACTION_DTYPE", f"there is no element type {wire.dtype}")
    own = values.DTYPES[wire.dtype] if wire.dtype else dtype
    form = tuple(wire.shape)
    if wire.data:
        # Python's integers: a product of sizes must not wrap around.
        size = own.itemsize
        for extent in form:
            size *= extent
        if size != len(wire.data):
            got = f"{len(wire.data)} bytes of data"
            raise Mismatch("ACTION_SHAPE", f"an array of {own} and shape {form} does not have {got}")
        return np.frombuffer(wire.data, own.newbyteorder("<")).reshape(form).astype(own)
    numbers = np.array(wire.values, np.float64)
    if not form:
        size = int(np.prod(shape, dtype=np.int64))
        form = shape if numbers.size == size else () if numbers.size == 1 else (numbers.size,)
    expected = 1
    for extent in form:
        expected *= extent
    if expected != numbers.size:
        raise Mismatch("ACTION_SHAPE", f"an array of shape {form} cannot hold the {numbers.size} values given")
    if own.kind != "f":
        _check_whole(numbers, own)
    return numbers.reshape(form).astype(own)


def _check_whole(numbers: np.ndarray, dtype: np.dtype) -> None:
    if (numbers != np.trunc(numbers)).any():
        raise Mismatch("ACTION_DTYPE", f"an array of {dtype} holds whole numbers only")
    low, high = (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    # int(): a bound such as 2^63 - 1 is no floating-point number.
    if any(not np.isfinite(number) or not low <= int(number) <= high for number in numbers):
        raise Mismatch("ACTION_OUT_OF_SPACE", f"a number is out of the range of {dtype}")
