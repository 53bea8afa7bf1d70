"""Runs an agent of `faasfarm train` with numpy alone.

    python trained_policy.py examples/policies/shuffled.safetensors --endpoint tcp://127.0.0.1:5555

`Policy` needs numpy only, and is all it takes to use an agent elsewhere; `main` runs it on a daemon's environment. A
farm is the daemon's live one, in real time, wherever the agent was trained; `--backend simulator` takes another one.
"""

import argparse
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I32": np.dtype("<i4"), "U8": np.dtype("u1")}
GRU = ("weight_ih", "bias_ih", "weight_hh", "bias_hh")


class Policy:
    """What a checkpoint of PPO or Double DQN has learnt: the best action for an observation.

    A recurrent PPO remembers the episode: `begin` before each one, and `action` once for each observation of it, in
    order.

    Attributes:
        environment_id: of the environment it was trained in.
        arguments: what that was made with, as `gymnasium.make` takes it. `backend` and `speed` say where the farm of
            the training was, which is no reason to play there.
        settings: the hyper-parameters.
    """

    def __init__(self, path: str | Path) -> None:
        """Reads a safetensors file: the header's length, the header in JSON, the arrays."""
        content = Path(path).read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header: dict[str, Any] = json.loads(content[8 : 8 + length])
        metadata = header.pop("__metadata__")
        data = memoryview(content)[8 + length :]
        self.arrays = {
            name: np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items()
        }
        self.environment_id: str = metadata["environment_id"]
        self.arguments = {pair["key"]: plain(pair["value"]) for pair in json.loads(metadata["arguments"])}
        self.settings: dict[str, Any] = json.loads(metadata["hyperparameters"])
        self.action_space: dict[str, Any] = json.loads(metadata["action_space"])
        algorithm = metadata["algorithm"]
        if algorithm not in ("ppo", "double-dqn"):
            raise ValueError(f"{path} is of {algorithm}, expected ppo or double-dqn, which are networks")
        self.prefix = "policy" if algorithm == "ppo" else "network"
        self.begin()

    def begin(self) -> None:
        """Forgets the last episode."""
        self.memory = np.zeros(self.settings.get("recurrentUnits") or 0, np.float32)

    def remember(self, row: np.ndarray) -> np.ndarray:
        """Takes the memory past an observation: torch.nn.GRU's step."""
        weights = {name: self.arrays[f"policy_memory.{name}_l0"] for name in GRU}
        from_row = np.split(weights["weight_ih"] @ row + weights["bias_ih"], 3)
        from_memory = np.split(weights["weight_hh"] @ self.memory + weights["bias_hh"], 3)
        reset, update = (1 / (1 + np.exp(-(from_row[gate] + from_memory[gate]))) for gate in (0, 1))
        candidate = np.tanh(from_row[2] + reset * from_memory[2])
        self.memory = candidate + update * (self.memory - candidate)
        return self.memory

    def outputs(self, observation: np.ndarray) -> np.ndarray:
        """Logits, means of a Gaussian, or values of actions."""
        row = np.asarray(observation, np.float64).ravel()
        if self.settings.get("normalisesObservations") or self.settings.get("scalesObservations"):
            scale = np.sqrt(self.arrays["observations.variance"] + 1e-8)
            row = np.clip((row - self.arrays["observations.mean"]) / scale, -10, 10)
        row = row.astype(np.float32)
        if self.memory.size:
            row = np.concatenate([row, self.remember(row)])
        layers = len(self.settings["hidden"]) + 1
        for layer in range(layers):
            name = f"{self.prefix}.{2 * layer}"
            row = self.arrays[f"{name}.weight"] @ row + self.arrays[f"{name}.bias"]
            if layer < layers - 1:
                row = np.tanh(row) if self.settings["activation"] == "tanh" else np.maximum(row, 0)
        return row

    def action(self, observation: np.ndarray, mask: np.ndarray | None = None) -> Any:
        """The best action; with a mask, the best of those for which it has a 1."""
        outputs = self.outputs(observation)
        if self.action_space["kind"] != "discrete":
            return outputs.clip(self.action_space["low"], self.action_space["high"])
        if mask is not None and np.any(mask):
            outputs = np.where(np.asarray(mask) != 0, outputs, -np.inf)
        return int(np.argmax(outputs)) + self.action_space["start"][0]


def plain(value: dict[str, Any]) -> Any:
    """An argument as JSON has it: an object that names the value's kind."""
    ((kind, content),) = value.items()
    if kind == "dict":
        return {pair["key"]: plain(pair["value"]) for pair in content}
    return [plain(item) for item in content] if kind == "tuple" else content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policy", help="a file of faasfarm train")
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5555", help="of faasfarm serve")
    parser.add_argument("--backend", help="of a farm: embedded, openfaas or simulator; left out: the daemon's live one")
    parser.add_argument("--scenario", help="of a farm: a preset, or a scenario file; left out: that of the training")
    parser.add_argument("--speed", type=float, help="of a live farm: scenario seconds in a real second")
    parser.add_argument("--episodes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1_000_001, help="of the first episode")
    options = parser.parse_args()
    import faasfarm  # noqa: F401 (registers its environments)
    import gymnasium

    policy = Policy(options.policy)
    arguments = {name: value for name, value in policy.arguments.items() if name not in ("backend", "speed")}
    given = {"backend": options.backend, "scenario": options.scenario, "speed": options.speed}
    arguments |= {name: value for name, value in given.items() if value is not None}
    env = gymnasium.make(policy.environment_id, endpoint=options.endpoint, **arguments)
    # What was made says where: the daemon fills in what was left out.
    made = env.unwrapped.made_with
    backend = made.get("backend")
    place = (
        {} if backend is None else {"provenance": "simulated" if backend == "simulator" else "live", "backend": backend}
    )
    if place.get("provenance") == "live":
        place["speed"] = made.get("speed", 1)
    try:
        for episode in range(options.episodes):
            observation, info = env.reset(seed=options.seed + episode)
            policy.begin()
            total, done = 0.0, False
            while not done:
                action = policy.action(observation, info.get("action_mask"))
                observation, reward, terminated, truncated, info = env.step(action)
                total += float(reward)
                done = terminated or truncated
            line = {"seed": options.seed + episode, **place, "return": total, "result": info.get("result")}
            print(json.dumps(line, default=float), flush=True)
    finally:
        # Interrupted too: a live farm is given back.
        env.close()


if __name__ == "__main__":
    main()
