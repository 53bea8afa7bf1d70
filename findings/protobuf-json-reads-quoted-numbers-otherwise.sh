#!/usr/bin/env bash
# Python's protobuf 7.36.2, JSON. Behaviour: the parser takes a number in quotes otherwise than the same number bare. A
# number beyond the range is refused bare and becomes infinity in quotes, for double and for float; in quotes it may have
# white space before it (double) and underscores between its digits. Seen with the well-known wrapper types. Who checks
# finiteness at the sender only gets infinities from people who quote.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check protobuf==7.36.2
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
from google.protobuf import json_format
from google.protobuf.wrappers_pb2 import DoubleValue, FloatValue, Int64Value

texts = [(DoubleValue, '1e309'), (DoubleValue, '"1e309"'), (FloatValue, '1e39'), (FloatValue, '"1e39"')]
texts += [(DoubleValue, '" 1"'), (Int64Value, '" 1"'), (Int64Value, '"1_0"')]
for kind, text in texts:
    try:
        print(kind.DESCRIPTOR.name, text, "is", json_format.Parse(text, kind()).value)
    except json_format.ParseError:
        print(kind.DESCRIPTOR.name, text, "is refused")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
DoubleValue 1e309 is refused
DoubleValue "1e309" is inf
FloatValue 1e39 is refused
FloatValue "1e39" is inf
DoubleValue " 1" is 1.0
Int64Value " 1" is refused
Int64Value "1_0" is 10
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
