"""FaaSFarm's reference worker as an OpenFaaS function, for the template python3-http.

A call's body is `{"id": "t1", "ms": 250, "mode": "sleep"}`; the answer is JSON with the same id. Put your own work in
`work`, or answer whatever you like: a farm looks at the status only.
"""

import json
import os
import socket
import threading
import time
from typing import Any

MODES = ("sleep", "cpu")
_lock = threading.Lock()
_calls = {"all": 0, "now": 0}


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
        }
        return _answer(job["status"], answer)
    except ValueError as error:
        return _answer(400, {"error": str(error)})
    finally:
        with _lock:
            _calls["now"] -= 1


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


def _answer(status: int, value: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
