#!/usr/bin/env bash
# waitress 3.0.2, the server of OpenFaaS's Python templates. Behaviour: SIGTERM ends it at once, in the middle of a call;
# the caller's connection ends without an answer. gunicorn 27.0.1 finishes the call. Platforms send SIGTERM to replicas
# that they take away, so behind a watchdog each scale-down costs the calls that run, each answered 500. Seen with a call
# of a second, half a second before its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check waitress==3.0.2 gunicorn==27.0.1
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import http.client
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

pathlib.Path("slow.py").write_text(
    "import time\n"
    "def app(environ, start):\n"
    "    time.sleep(float(environ.get(\"HTTP_X_SECONDS\", 0)))\n"
    "    start(\"200 OK\", [(\"Content-Length\", \"4\")])\n"
    "    return [b\"done\"]\n"
)
folder = pathlib.Path(sys.executable).parent


def wait_for(port):
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def call(port, answers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/", headers={"X-Seconds": "1"})
        answers.append(connection.getresponse().read().decode())
    except (OSError, http.client.HTTPException) as error:
        answers.append(type(error).__name__)


for name, option in [("waitress-serve", "--listen"), ("gunicorn", "--bind")]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [folder / name, option, f"127.0.0.1:{port}", "slow:app"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    answers = []
    caller = threading.Thread(target=call, args=(port, answers))
    caller.start()
    time.sleep(0.5)
    server.send_signal(signal.SIGTERM)
    server.wait(30)
    caller.join(30)
    print(name, answers[0])
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py")
expected=$(
    cat <<'SEEN'
waitress-serve RemoteDisconnected
gunicorn done
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
