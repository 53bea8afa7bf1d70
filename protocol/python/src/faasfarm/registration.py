"""The ids that `gymnasium.make` knows. The daemon applies the time limits, so none is registered here."""

import gymnasium

IDS = ("faasfarm/Farm-v0", "faasfarm/Replay-v0")


def register() -> None:
    """Registers the ids once; a second call does nothing."""
    for env_id in IDS:
        if env_id not in gymnasium.registry:
            gymnasium.register(env_id, entry_point="faasfarm.env:Env", kwargs={"env_id": env_id}, nondeterministic=True)
