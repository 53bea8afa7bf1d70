"""How big the tests are that have a full size: small in `make test`, full in `make soak`, by the same code."""

import os


def size(small: int, full: int) -> int:
    """`full` where the environment variable FAASFARM_SIZE is "full", else `small`."""
    return full if os.environ.get("FAASFARM_SIZE") == "full" else small
