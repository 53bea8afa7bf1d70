"""The ids that `gymnasium.make` and `gymnasium.make_vec` know.

The daemon applies the time limits, so none is registered here.
"""

from dataclasses import dataclass

import gymnasium

_VECTOR = "faasfarm.vector:VectorEnv"


@dataclass(frozen=True)
class Registered:
    """What is known of an id before a daemon is asked.

    Attributes:
        vector: what makes a vector of it in one session; None: `make_vec` makes a session for each environment.
        reward_threshold: the mean return with which the environment counts as solved, as Gymnasium has it.
        nondeterministic: whether equal seeds and actions may give different episodes; the daemon knows it better for an
            environment that is made, where arguments decide.
    """

    vector: str | None = _VECTOR
    reward_threshold: float | None = None
    nondeterministic: bool = False


IDS = {
    "faasfarm/Farm-v0": Registered(nondeterministic=True),
    "faasfarm/Replay-v0": Registered(vector=None, nondeterministic=True),
    "faasfarm/CartPole-v1": Registered(reward_threshold=475.0),
    "faasfarm/MountainCar-v0": Registered(reward_threshold=-110.0),
    "faasfarm/Acrobot-v1": Registered(reward_threshold=-100.0),
    "faasfarm/Pendulum-v1": Registered(),
    "faasfarm/PositionOnlyCartPole-v1": Registered(reward_threshold=475.0),
}
"""The ids of a daemon's environments. A daemon lists those it has: Replay-v0 only when it records."""


def register() -> None:
    """Registers the ids once; a second call does nothing."""
    for env_id, known in IDS.items():
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id,
                entry_point="faasfarm.env:Env",
                vector_entry_point=known.vector,
                kwargs={"env_id": env_id},
                nondeterministic=known.nondeterministic,
                reward_threshold=known.reward_threshold,
            )
