#!/usr/bin/env bash
# Gymnasium 1.4.0, vectors in autoreset mode DISABLED. Behaviour: the wrapper RecordEpisodeStatistics for vectors forgets
# what it has counted for every sub-environment when some are reset with the option `reset_mask`. Returns and lengths of
# the others are too small from then on: the environment takes `reset_mask` out of the caller's dict before the wrapper looks. Seen with two environments of 2 and 3 steps and a reward of 1 a step: the
# second's episode is told to have had 1 step. In the other two modes the figures are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import gymnasium
import numpy
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics


class Steps(gymnasium.Env):
    observation_space = gymnasium.spaces.Discrete(2)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length):
        self.length = length

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return 0, {}

    def step(self, action):
        self.time += 1
        return 0, 1.0, self.time >= self.length, False, {}


for mode in AutoresetMode:
    envs = SyncVectorEnv([lambda: Steps(2), lambda: Steps(3)], autoreset_mode=mode)
    envs = RecordEpisodeStatistics(envs)
    envs.reset(seed=0)
    first = {}
    for _ in range(4):
        _, _, terminated, truncated, infos = envs.step(numpy.zeros(2, int))
        ended = terminated | truncated
        for index in numpy.flatnonzero(ended):
            first.setdefault(int(index), float(infos["episode"]["r"][index]))
        if mode is AutoresetMode.DISABLED and ended.any():
            envs.reset(options={"reset_mask": ended})
    print(mode.name, "returns of the first episodes:", [first[0], first[1]])
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
NEXT_STEP returns of the first episodes: [2.0, 3.0]
SAME_STEP returns of the first episodes: [2.0, 3.0]
DISABLED returns of the first episodes: [2.0, 1.0]
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
