#!/usr/bin/env bash
# safetensors 0.8.0, numpy's part. Behaviour: `save` writes the memory of an array that is not contiguous as if it were.
# A transposed matrix comes back with its elements in another order, and a slice with a step comes back as its
# neighbours, without an error or a warning. Seen with CPython 3.11, little-endian.
# Whoever writes a network's weights by hand, where transposing is usual, gets a file that loads and is wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import numpy
from safetensors.numpy import load, save

matrix = numpy.arange(6.0).reshape(2, 3)
for name, array in [("transposed", matrix.T), ("every other", numpy.arange(6)[::2]), ("copied", matrix.T.copy())]:
    back = load(save({"x": array}))["x"]
    print(name, "equal" if numpy.array_equal(array, back) else f"{array.tolist()} came back as {back.tolist()}")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
transposed [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] came back as [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
every other [0, 2, 4] came back as [0, 1, 2]
copied equal
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
