#!/usr/bin/env bash
# libzmq 4.3.5, as pyzmq 27.1.0 brings it. Behaviour: of a tcp port, binding and connecting take the digits at its
# beginning, and of these what is left in 16 bits. `tcp://127.0.0.1:PORTx` is PORT, and PORT + 65536 is PORT, without an
# error. A mistyped port is somebody else's. Seen on Linux; ports are drawn anew in each run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check pyzmq==27.1.0
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import socket

import zmq

context = zmq.Context()
for name, make in [("port and a letter", "{}x"), ("port + 65536", "{}")]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    typed = make.format(port + 65_536 if "65536" in name else port)
    server = context.socket(zmq.REP)
    server.bind(f"tcp://127.0.0.1:{port}")
    client = context.socket(zmq.REQ)
    client.linger = 0
    client.connect(f"tcp://127.0.0.1:{typed}")
    client.send(b"")
    print(name, "reaches the port:", server.poll(5_000) == zmq.POLLIN)
    client.close()
    server.close()
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
port and a letter reaches the port: True
port + 65536 reaches the port: True
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
