#!/usr/bin/env bash
# Minari 0.5.4 with Gymnasium 1.4.0. Behaviour: spaces are written into a dataset's metadata as JSON texts in which a Box
# without bounds has the words Infinity and -Infinity. They are no JSON (RFC 8259), so readers in other languages refuse
# the whole text. And the type of a Discrete space is not written: one of int32 comes back as int64 and differs from what
# was put in. Seen by reading back with Python, whose parser takes the words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check minari==0.5.4 gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import json

import numpy
from gymnasium.spaces import Box, Discrete
from minari.serialization import deserialize_space, serialize_space


def refuse(word):
    raise ValueError(f"{word} is no JSON")


text = serialize_space(Box(-numpy.inf, numpy.inf, (1,), numpy.float32))
print(text)
try:
    json.loads(text, parse_constant=refuse)
except ValueError as error:
    print(error)
small = Discrete(3, dtype=numpy.int32)
back = deserialize_space(serialize_space(small))
print(small, "comes back as", back, "equal" if back == small else "and differs")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
{"type": "Box", "dtype": "float32", "shape": [1], "low": [-Infinity], "high": [Infinity]}
-Infinity is no JSON
Discrete(3, dtype=int32) comes back as Discrete(3) and differs
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
