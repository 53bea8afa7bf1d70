#!/usr/bin/env bash
# TorchRL 0.14.1 with Gymnasium 1.4.0. Behaviour: `GymEnv(id, ...)` hands keywords on to the environment, but not those it
# has itself: `backend` names the Gym library to import, `device` and `frame_skip` are TorchRL's too. An environment with
# an argument of such a name never sees it; with `backend` the error is about a module that nobody asked for. Wrapping
# an environment that was made beforehand (`GymWrapper`) works. Seen with a registered environment of three arguments.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check torch==2.13.0 torchrl==0.14.1 gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import gymnasium
from gymnasium import spaces
from torchrl.envs import GymEnv, GymWrapper


class Farm(gymnasium.Env):
    observation_space = spaces.Box(-1, 1, (1,))
    action_space = spaces.Discrete(2)

    def __init__(self, backend="usual", frame_skip=None, size=1):
        self.told = [backend, frame_skip, size]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}


gymnasium.register("Farm-v0", entry_point=Farm)
for given in ({"size": 2}, {"frame_skip": 3}, {"backend": "simulator"}):
    try:
        print(given, "told:", GymEnv("Farm-v0", **given)._env.unwrapped.told)
    except ModuleNotFoundError as error:
        print(given, error)
made = gymnasium.make("Farm-v0", backend="simulator")
print("made beforehand, told:", GymWrapper(made)._env.unwrapped.told)
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py" 2>"$folder/log") || { cat "$folder/log" >&2; exit 1; }
expected=$(
    cat <<'SEEN'
{'size': 2} told: ['usual', None, 2]
{'frame_skip': 3} told: ['usual', None, 1]
{'backend': 'simulator'} No module named 'simulator'
made beforehand, told: ['simulator', None, 1]
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
