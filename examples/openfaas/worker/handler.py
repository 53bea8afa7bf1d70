"""FaaSFarm's reference worker as an OpenFaaS function, for the template python3-http.

A call's body is `{"id": "t1", "ms": 250, "mode": "sleep"}`; the answer is JSON with the same id. Put your own work in
`work`, or answer whatever you like: a farm looks at the status only.

Keep `finish_calls_on_sigterm`: the watchdog hands SIGTERM on at once, and the template's server would end in the middle
of a call, which the caller sees as a 500.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
from typing import Any
from urllib.parse import urlencode

MODES = ("sleep", "cpu")
# After SIGTERM the process ends once no call has run for so many seconds: calls may come late, and answers leave late.
QUIET_SECONDS = float(os.environ.get("QUIET_SECONDS", "2"))
_lock = threading.Lock()
_calls = {"all": 0, "now": 0}
_last_end = time.monotonic()


def finish_calls_on_sigterm() -> None:
    """Has SIGTERM end the process after its calls instead of in their middle; for the main thread."""

    def wait_and_end() -> None:
        asked = time.monotonic()
        while True:
            with _lock:
                running, quiet_since = _calls["now"], max(asked, _last_end)
            left = quiet_since + QUIET_SECONDS - time.monotonic()
            if running == 0 and left <= 0:
                break
            time.sleep(0.05 if running else left)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # The server's threads would keep it.

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=wait_and_end, daemon=True).start())


finish_calls_on_sigterm()


def work(mode: str, milliseconds: float) -> None:
    """Takes `milliseconds`: sleeping, or computing for as long."""
    if mode == "sleep":
        time.sleep(milliseconds / 1000)
        return
    end = time.perf_counter() + milliseconds / 1000
    value = 1
    while time.perf_counter() < end:
        value = value * 1_103_515_245 + 12_345 & 0x7FFF_FFFF


def handle(event: Any, context: Any) -> dict[str, Any]:
    """Does one job.

    Args:
        event: the template's request: `body`, `headers`, `method`, `path`, `query`.
        context: the template's; not used.

    Returns:
        The template's answer: a status, headers and a JSON body.
    """
    with _lock:
        _calls["all"] += 1
        _calls["now"] += 1
        number, at_once = _calls["all"], _calls["now"]
    start = time.perf_counter()
    try:
        job = _job(event.body)
        work(job["mode"], job["ms"])
        answer = {
            "id": job["id"],
            "mode": job["mode"],
            "ms": job["ms"],
            "took_ms": round((time.perf_counter() - start) * 1000, 3),
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "seq": number,
            "inflight": at_once,
            "call_id": event.headers.get("X-Call-Id", ""),
            "method": event.method,
            "path": event.path,
            "query": _query(event.query),
        }
        return _answer(job["status"], answer)
    except ValueError as error:
        return _answer(400, {"error": str(error)})
    finally:
        global _last_end
        with _lock:
            _calls["now"] -= 1
            _last_end = time.monotonic()


def _job(body: bytes | str) -> dict[str, Any]:
    fields = json.loads(body) if body else {}
    if not isinstance(fields, dict):
        raise ValueError("the body must be a JSON object")
    job = {"id": "", "ms": 0, "mode": "sleep", "status": 200, **fields}
    job["mode"] = job["mode"] or "sleep"
    if job["mode"] not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}; got {job['mode']!r}")
    if not isinstance(job["ms"], int | float) or not 0 <= job["ms"] <= 3_600_000:
        raise ValueError(f"ms must be 0 to 3600000, got {job['ms']!r}")
    return job


def _query(query: Any) -> str:
    """The template's query, which may have a name several times, as text."""
    pairs = query.items(multi=True) if hasattr(query, "getlist") else dict(query or {}).items()
    return urlencode(list(pairs))


def _answer(status: int, value: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
