"""When two results of an environment are the same."""

from typing import Any

import numpy as np


def assert_same(ours: Any, theirs: Any, place: str = "") -> None:
    """Equal in structure, types, shapes and values."""
    assert type(ours) is type(theirs), (place, ours, theirs)
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), place
        for key in ours:
            assert_same(ours[key], theirs[key], f"{place}/{key}")
    elif isinstance(ours, tuple | list):
        assert len(ours) == len(theirs), place
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(one, other, f"{place}/{index}")
    elif isinstance(ours, np.ndarray):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, (place, ours, theirs)
        if ours.dtype == object:
            assert_same(list(ours), list(theirs), place)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=place)
    else:
        assert ours == theirs, place
