"""The ids that `gymnasium.make` and `gymnasium.make_vec` know.

The daemon applies the time limits, so none is registered here.
"""

import gymnasium

VECTORS = {"faasfarm/Farm-v0": "faasfarm.vector:VectorEnv", "faasfarm/Replay-v0": None}
"""What makes a vector of each id in one session; None: `make_vec` makes a session for each environment."""


def register() -> None:
    """Registers the ids once; a second call does nothing."""
    for env_id, vector in VECTORS.items():
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id,
                entry_point="faasfarm.env:Env",
                vector_entry_point=vector,
                kwargs={"env_id": env_id},
                nondeterministic=True,
            )
