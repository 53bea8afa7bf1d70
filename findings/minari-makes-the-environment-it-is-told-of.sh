#!/usr/bin/env bash
# Minari 0.5.4 with Gymnasium 1.4.0. Behaviour: `create_dataset_from_buffers` with an environment's specification makes the
# environment, though both spaces are given and it is not stepped. A dataset of recorded episodes cannot be written where
# the environment cannot be made, on another machine or without its server. Seen with an environment that counts how
# often it is made.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check 'minari[hdf5]==0.5.4' pillow==12.0.0 gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
export MINARI_DATASETS_PATH="$folder/datasets"
cat >"$folder/counted.py" <<'PYTHON'
import gymnasium
from gymnasium.spaces import Discrete

made = 0


class Counted(gymnasium.Env):
    observation_space = Discrete(3)
    action_space = Discrete(2)

    def __init__(self):
        global made
        made += 1
PYTHON
cat >"$folder/try.py" <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import counted
import gymnasium
import minari
import numpy
from gymnasium.spaces import Discrete
from minari.data_collector import EpisodeBuffer

gymnasium.register("Counted-v0", entry_point="counted:Counted", disable_env_checker=True)
episode = EpisodeBuffer(
    id=0,
    observations=numpy.zeros(3, numpy.int64),
    actions=numpy.zeros(2, numpy.int64),
    rewards=numpy.zeros(2),
    terminations=numpy.array([False, True]),
    truncations=numpy.array([False, False]),
)
for name, env in [("without a specification", None), ("with one", gymnasium.spec("Counted-v0"))]:
    counted.made = 0
    minari.create_dataset_from_buffers(
        f"me/{'plain' if env is None else 'told'}-v0",
        [episode],
        env=env,
        observation_space=Discrete(3),
        action_space=Discrete(2),
    )
    print(name, "made", counted.made, "times")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py" 2>"$folder/log") || { cat "$folder/log" >&2; exit 1; }
expected=$(
    cat <<'SEEN'
without a specification made 0 times
with one made 1 times
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
