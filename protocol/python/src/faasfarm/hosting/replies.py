"""Parts of replies: infos, masks, pictures and seeds; and their form for people, in JSON."""

import logging
from typing import Any

import numpy as np
from google.protobuf.message import Message

from .. import values
from ..v1 import faasfarm_pb2 as pb
from .refusal import Refusal, bad_argument

log = logging.getLogger("faasfarm.hosting")

_left_out: set[str] = set()


def value(key: str, given: Any) -> pb.Value | None:
    """An info as a wire value; None, and one line in the log, for what has no form on the wire."""
    try:
        if isinstance(given, dict):
            parts = {str(name): value(f"{key}.{name}", part) for name, part in given.items()}
            return _dict({name: part for name, part in parts.items() if part is not None})
        return None if given is None else values.encode(given)
    except (TypeError, ValueError, OverflowError) as error:
        if key not in _left_out:
            _left_out.add(key)
            log.warning("the info %s is left out: %s", key, error)
        return None


def info(given: dict[str, Any]) -> pb.Info:
    """The info of a single environment, sorted by key."""
    result = pb.Info()
    for key in sorted(given, key=str):
        if (wire := value(str(key), given[key])) is not None:
            result.entries.add(key=str(key), value=wire)
    return result


def batched_info(given: dict[str, Any]) -> pb.Info:
    """The infos of a vector, where Gymnasium keeps the mask of `key` under `_key`."""
    result = pb.Info()
    for key in sorted(given):
        if not _is_mask(key, given):
            mask = given.get(f"_{key}")
            if mask is None:
                mask = np.ones(len(given[key]), dtype=bool)
            if (wire := _column(key, given[key], mask)) is not None:
                result.entries.add(key=key, value=wire, mask=[] if mask.all() else mask.tolist())
    return result


def _is_mask(key: str, given: dict[str, Any]) -> bool:
    return key.startswith("_") and key[1:] in given


def _column(key: str, column: Any, mask: np.ndarray) -> pb.Value | None:
    if isinstance(column, dict):
        entries = {}
        for name in column:
            if _is_mask(name, column):
                continue
            own = column.get(f"_{name}", mask)
            if (part := _column(f"{key}.{name}", column[name], own)) is not None:
                entries[name] = part
                if not np.array_equal(own, mask):
                    entries[f"_{name}"] = values.encode(own)
        return _dict(entries)
    if column.dtype == object:
        items = [value(key, item) if has else pb.Value(text="") for item, has in zip(column, mask, strict=True)]
        # None has no form on the wire.
        return pb.Value(tuple=pb.TupleValue(items=[pb.Value(text="") if item is None else item for item in items]))
    return value(key, column)


def _dict(parts: dict[str, pb.Value]) -> pb.Value:
    return pb.Value(dict=pb.DictValue(entries=[pb.Entry(key=name, value=parts[name]) for name in sorted(parts)]))


def picture(rendered: Any, reply: pb.Render.Reply) -> None:
    """Adds what an environment rendered: an array of uint8 (height, width, 3), or text."""
    if isinstance(rendered, str):
        reply.text.append(rendered)
    elif isinstance(rendered, np.ndarray):
        reply.frames.append(values.encode(rendered.astype(np.uint8, copy=False)).array)
    else:
        message = f"the environment rendered {type(rendered).__name__}, expected an array or text"
        raise Refusal("INTERNAL", "ENV_CRASHED", message)


def argument(entry: pb.Entry) -> Any:
    """The Python value of an argument or an option.

    Raises:
        Refusal: it cannot be read.
    """
    try:
        given = values.decode(entry.value)
    except (KeyError, ValueError) as error:
        raise bad_argument(entry.key, f'"{entry.key}" cannot be read: {error}') from error
    if given is None:
        raise bad_argument(entry.key, f'"{entry.key}" has no value')
    return given


def seed(wire: pb.Seed) -> int | None:
    """The seed of a request; None for one that is not to be set.

    Raises:
        Refusal: it is no non-negative integer, or too long a one.
    """
    if wire.none:
        return None
    if wire.decimal:
        if not (wire.decimal.isascii() and wire.decimal.isdecimal() and len(wire.decimal) <= 1000):
            raise bad_argument(
                "seeds", f"a seed is a non-negative integer of 1000 digits at most, got {wire.decimal[:40]!r}"
            )
        return int(wire.decimal)
    if not 1 <= len(wire.words) <= 128:
        raise bad_argument("seeds", f"a seed has decimal digits, or 1 to 128 words; got {len(wire.words)} words")
    return values.number(wire.words)


def make_readable(message: Message) -> None:
    """Gives arrays their elements as `values`, and seeds their `decimal`, for JSON."""
    if isinstance(message, pb.Array):
        if message.data:
            message.values.extend(values.array(message).astype(np.float64).ravel())
            message.ClearField("data")
    elif isinstance(message, pb.Seed):
        if message.words:
            message.decimal = str(values.number(message.words))
            message.ClearField("words")
    else:
        for field, content in message.ListFields():
            if field.message_type is not None:
                # What repeats is no message itself.
                for part in [content] if isinstance(content, Message) else content:
                    make_readable(part)
