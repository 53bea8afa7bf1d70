"""Batches of a vector: actions to the wire; infos and last observations from it, as Gymnasium's vectors have them."""

from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import iterate

from . import values
from .errors import FaaSFarmError
from .v1 import faasfarm_pb2 as pb

FEW = 32
"""How many numbers are iterated over sooner than they are taken as an array."""


def actions(given: Any, single: spaces.Space, batched: spaces.Space, wire: pb.Value | None = None) -> pb.Value:
    """One action for each sub-environment, as one wire value. Nothing is rounded, cut or guessed.

    Args:
        given: for a discrete space integers of shape (num_envs,) in an array or sequence.
        single: the action space of a sub-environment.
        batched: that of the vector.
        wire: an earlier result, with the same spaces, to be written over; None for a new one.

    Raises:
        InvalidAction: they are no elements of `batched`, as far as that is seen here; the daemon sees the rest.
    """
    wire = pb.Value() if wire is None else wire
    if isinstance(batched, (spaces.Dict, spaces.Tuple)):
        wire.CopyFrom(_encode(given))
        return wire
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise values.invalid("ACTION_SHAPE", f"expected shape {batched.shape}; {error}") from error
    if array.shape != batched.shape:
        raise values.invalid("ACTION_SHAPE", f"expected shape {batched.shape}, got {array.shape}")
    if not isinstance(single, spaces.Discrete):
        wire.CopyFrom(_encode(array))
        return wire
    if array.dtype.kind not in "iu":
        if (number := values.too_large(given)) is not None:
            first = int(single.start)
            expected = f"expected {first} to {first + int(single.n) - 1}"
            raise values.invalid("ACTION_OUT_OF_SPACE", f"{expected}, got {number}")
        raise values.invalid("ACTION_DTYPE", f"expected integers, got {array.dtype}")
    array = _checked(array, int(single.start), int(single.n))
    # In place: a message given to another's constructor is copied.
    content = wire.array
    if not content.shape:
        content.dtype = pb.INT64
        content.shape.extend(array.shape)
    content.data = array.tobytes()
    return wire


_INT64 = np.dtype("<i8")


def _checked(array: np.ndarray, first: int, count: int) -> np.ndarray:
    """Integers `first` to `first + count - 1` as little-endian int64."""
    if array.dtype is _INT64 or array.dtype == _INT64:
        # As unsigned numbers, those below zero are above all others: one look is enough.
        from_zero = array - first if first else array
        if np.maximum.reduce(from_zero.view(np.uint64)) < count:
            return array
    last = first + count - 1
    if array.min() < first or array.max() > last:
        index = int(np.argmax((array < first) | (array > last)))
        message = f"expected {first} to {last}, got {array[index]} for sub-environment {index}"
        raise values.invalid("ACTION_OUT_OF_SPACE", message)
    return array.astype(_INT64)


def _encode(given: Any) -> pb.Value:
    try:
        return values.encode(given)
    except (TypeError, ValueError) as error:
        if (number := values.too_large(given)) is not None:
            raise values.invalid("ACTION_OUT_OF_SPACE", f"{number} is out of the range of integers") from error
        raise values.invalid("ACTION_DTYPE", f"{error}") from error


def column(numbers: Any, dtype: type, count: int, name: str) -> np.ndarray:
    """One number or flag for each sub-environment.

    Raises:
        FaaSFarmError: the daemon sent another number of them.
    """
    if len(numbers) != count:
        raise FaaSFarmError(
            f"the daemon sent {len(numbers)} {name} for {count} environments; is it of another version?"
        )
    # protobuf's __array__ takes a tenth of the time of iterating, and some microseconds to begin.
    return np.fromiter(numbers, dtype, count) if count <= FEW else np.array(numbers, dtype=dtype)


def infos(wire: pb.Info, everyone: np.ndarray) -> dict[str, Any]:
    """Gymnasium's dict of batched values, each beside its mask `_key`.

    Args:
        wire: entries with masks.
        everyone: bool, shape (num_envs,): the mask of entries that have none of their own.
    """
    result: dict[str, Any] = {}
    for entry in wire.entries:
        mask = column(entry.mask, np.bool_, len(everyone), "mask elements") if entry.mask else everyone.copy()
        put(result, entry.key, entry.value, mask)
    return result


def put(infos: dict[str, Any], key: str, value: pb.Value, mask: np.ndarray) -> None:
    """Adds one batched value.

    Args:
        infos: what it is added to.
        key: its key.
        value: an array of shape (num_envs, ...), a tuple of num_envs items, a dict of such values, or one plain value
            that is the same for all. A dict's keys have the masks that stand beside them as `_key`, or the dict's own.
        mask: bool, shape (num_envs,): which sub-environments have it.
    """
    kind = value.WhichOneof("kind")
    if kind == "array":
        infos[key] = values.array(value.array)
    elif kind == "dict":
        infos[key] = _nested(value.dict, mask)
    elif kind == "tuple":
        infos[key] = _objects(map(values.decode, value.tuple.items), mask)
    else:
        infos[key] = _repeated(values.decode(value), mask)
    infos[f"_{key}"] = mask


def _nested(wire: pb.DictValue, mask: np.ndarray) -> dict[str, Any]:
    parts = {entry.key: entry.value for entry in wire.entries}
    result: dict[str, Any] = {}
    for key, value in parts.items():
        if key.startswith("_") and key[1:] in parts:
            continue
        own = parts.get(f"_{key}")
        put(result, key, value, mask.copy() if own is None else values.array(own.array).astype(np.bool_))
    return result


def _objects(items: Any, mask: np.ndarray) -> np.ndarray:
    result = np.full(len(mask), None, dtype=object)
    for index, (item, has) in enumerate(zip(items, mask, strict=True)):
        if has:
            result[index] = item
    return result


def _repeated(value: Any, mask: np.ndarray) -> np.ndarray:
    kind = type(value)
    result = np.zeros(len(mask), dtype=kind) if kind in (int, float, bool) else np.full(len(mask), None, dtype=object)
    result[mask] = value
    return result


def finals(reply: pb.Step.Reply, space: spaces.Space, count: int) -> dict[str, Any]:
    """What finished sub-environments saw last, and their last infos, when they were reset in the same step.

    Args:
        reply: a step's.
        space: the vector's observation space.
        count: num_envs.

    Returns:
        `final_obs` (an object array, None where nothing ended), `final_info`, and their masks; empty when none ended.
    """
    if not reply.final_mask:
        return {}
    mask = column(reply.final_mask, np.bool_, count, "elements of final_mask")
    if not mask.any():
        return {}
    batch = values.element(reply.final_obs, space)
    last = np.full(count, None, dtype=object)
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        for index in np.flatnonzero(mask):
            # A copy, which does not keep the whole batch in memory.
            last[index] = batch[index].copy()
    else:
        for index, row in enumerate(iterate(space, batch)):
            if mask[index]:
                last[index] = row
    return {
        "final_obs": last,
        "_final_obs": mask,
        "final_info": infos(reply.final_info, mask),
        "_final_info": mask.copy(),
    }


def infos_of(batched: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The infos of each sub-environment, out of Gymnasium's batches with their masks `_key`."""
    each: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, column in batched.items():
        if key.startswith("_") and key[1:] in batched:
            continue
        mask = batched.get(f"_{key}", np.ones(count, dtype=bool))
        items = infos_of(column, count) if isinstance(column, dict) else column
        for index in np.flatnonzero(mask):
            item = items[index]
            each[index][key] = item.item() if isinstance(item, np.generic) else item
    return each
