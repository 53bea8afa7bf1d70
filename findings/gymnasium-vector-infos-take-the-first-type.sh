#!/usr/bin/env bash
# Gymnasium 1.4.0, vectors. Behaviour: the infos of sub-environments become one array a key, of the type that the first
# sub-environment's value has. The others are cast into it without a word: beside 1, 1.5 becomes 1; beside True, 7 becomes
# True. With the sub-environments the other way round nothing is lost. Seen with SyncVectorEnv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import gymnasium
from gymnasium.vector import SyncVectorEnv


class Told(gymnasium.Wrapper):
    def __init__(self, value):
        super().__init__(gymnasium.make("CartPole-v1"))
        self.value = value

    def reset(self, **arguments):
        return super().reset(**arguments)[0], {"told": self.value}


for values in [(1, 1.5), (1.5, 1), (True, 7), (7, True)]:
    envs = SyncVectorEnv([lambda value=value: Told(value) for value in values])
    print(values, "become", envs.reset()[1]["told"].tolist())
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
(1, 1.5) become [1, 1]
(1.5, 1) become [1.5, 1.0]
(True, 7) become [True, True]
(7, True) become [7, 1]
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
