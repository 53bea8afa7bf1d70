"""The Kubernetes autoscaler (HPA), without Kubernetes, and the test server that KEDA's calls go to."""

import contextlib
import json
import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from daemon import BINARY, Program

from measure.keda import Scaler

BOARD = BINARY.with_name("steering-board")


@dataclass
class HPA:
    """The HPA's rule for an external metric of type AverageValue.

    desired = ceil(current × ratio), where ratio is what each replica has of the target; nothing changes while the ratio
    is within the tolerance of 1, its bounds included. Of the recommendations of the stabilisation window, the highest
    counts before going down.
    """

    replicas: int
    target: float = 1
    tolerance: float = 0.1
    # In polls.
    stabilisation: int = 0
    most: int = 1_000
    _recommended: list[int] = field(default_factory=list)

    def sync(self, value: float) -> int:
        ratio = value / (self.target * self.replicas)
        desired = self.replicas
        # As Kubernetes compares since 1.33: 1 + 0.1 is 1.1 in doubles, where 1.1 - 1 is more than 0.1.
        if not 1 - self.tolerance <= ratio <= 1 + self.tolerance:
            # As Kubernetes: rounding of the product must not add a replica.
            desired = math.ceil(round(self.replicas * ratio, 9))
        desired = max(1, min(desired, self.most))
        self._recommended = [*self._recommended, desired][-(self.stabilisation + 1) :]
        if desired < self.replicas:
            desired = min(max(self._recommended), self.replicas)
        self.replicas = desired
        return desired


class Board(Program):
    """The test server `steering-board`: states of functions that a test says."""

    def __init__(self, *files: Path) -> None:
        super().__init__(BOARD, *files, stdin=subprocess.PIPE)

    def post(self, **state: object) -> None:
        """Returns once the board has it."""
        self.process.stdin.write(json.dumps(state) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer

    @contextlib.contextmanager
    def scaler(self, **options: str) -> Iterator[Scaler]:
        with Scaler(self.announced["keda"], **options) as scaler:
            yield scaler
