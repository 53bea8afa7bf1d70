#!/usr/bin/env bash
# dm_env_rpc 1.1.7. Behaviour: `pack_tensor(..., try_compress=True)` sends one element for all when all are equal, and 0.0
# equals -0.0: signs of zeros are lost. Without compression they arrive. Seen with float64. Whoever compares trajectories
# or recordings by their bytes meets it in observations and bounds that are zero.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check dm-env-rpc==1.1.7 numpy==2.4.6 protobuf==7.36.2
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import numpy
from dm_env_rpc.v1 import tensor_utils

zeros = numpy.array([0.0, 0.0, -0.0])
for compress in (False, True):
    back = tensor_utils.unpack_tensor(tensor_utils.pack_tensor(zeros, try_compress=compress))
    print("compressed" if compress else "plain", numpy.signbit(back).tolist())
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
plain [False, False, True]
compressed [False, False, False]
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
