"""The worker of examples/openfaas, called as its template calls it."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest
from daemon import ROOT

EXAMPLE = ROOT / "examples" / "openfaas"
# As the template serves a handler: the handler is imported by the main thread, calls run on threads of their own.
TEMPLATE = """
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
import handler
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = SimpleNamespace(body=body, headers=self.headers, method="POST", path=self.path, query={})
        answer = handler.handle(event, None)
        self.send_response(answer["statusCode"])
        self.send_header("Content-Length", str(len(answer["body"])))
        self.end_headers()
        self.wfile.write(answer["body"].encode())
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def _handle(body: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    specification = importlib.util.spec_from_file_location("worker_handler", EXAMPLE / "worker" / "handler.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    before = signal.getsignal(signal.SIGTERM)
    specification.loader.exec_module(module)
    signal.signal(signal.SIGTERM, before)
    fields = {"headers": {"X-Call-Id": "c1"}, "method": "POST", "path": "/", "query": {}, **fields}
    answer = module.handle(SimpleNamespace(body=body.encode(), **fields), SimpleNamespace())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("mode", ["sleep", "cpu"])
def test_job(mode: str) -> None:
    """A job takes its time, and is answered with its id as the reference worker does."""
    status, answer = _handle(json.dumps({"id": "t1", "ms": 30, "mode": mode}))
    assert status == 200
    assert answer["id"] == "t1" and answer["mode"] == mode and answer["call_id"] == "c1"
    assert answer["took_ms"] >= 30
    assert {"pid", "host", "seq", "inflight", "method", "path", "ms"} <= answer.keys()


def test_query() -> None:
    """The answer has the call's query, as the reference worker's has."""
    assert _handle("", query={"id": "7", "x": "é"})[1]["query"] == "id=7&x=%C3%A9"
    assert _handle("")[1]["query"] == ""


def test_finishes_its_calls_on_sigterm() -> None:
    """SIGTERM in the middle of a call: the call is answered, a late one too, and then the process ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", TEMPLATE, str(EXAMPLE / "worker")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QUIET_SECONDS": "0.5"},
    )
    try:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/"

        def call(milliseconds: int, into: list[int]) -> None:
            body = json.dumps({"ms": milliseconds}).encode()
            with urllib.request.urlopen(url, data=body, timeout=20) as answer:
                into.append(json.loads(answer.read())["ms"])

        answers: list[int] = []
        call(1, answers)
        running = threading.Thread(target=call, args=(1200, answers))
        running.start()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        call(2, answers)
        assert process.poll() is None
        running.join(timeout=20)
        assert answers == [1, 2, 1200]
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


def test_no_label_stops_calls() -> None:
    """The stack file sets no scaling factor, and the chart's values leave the alert manager out."""
    lines = [line.split("#")[0] for line in (EXAMPLE / "stack.yml").read_text().splitlines()]
    assert not any("scale.factor" in line for line in lines)
    assert re.search(
        r"^alertmanager:\n  create: false$", (EXAMPLE / "kubernetes" / "openfaas-values.yaml").read_text(), re.M
    )


def test_empty_body() -> None:
    """An empty body asks for nothing."""
    status, answer = _handle("")
    assert status == 200 and answer["ms"] == 0


@pytest.mark.parametrize("body", ["x", "[1]", '{"ms": -1}', '{"ms": "1"}', '{"mode": "image"}'])
def test_bad_job(body: str) -> None:
    """What is no job is answered 400 with the reason."""
    status, answer = _handle(body)
    assert status == 400 and answer["error"]


def test_asked_status() -> None:
    """A job may ask for the status of its answer."""
    assert _handle('{"status": 503}')[0] == 503


def test_stack_names_what_is_there() -> None:
    """The stack file's handler is a folder with a handler, and the functions are the README's."""
    text = (EXAMPLE / "stack.yml").read_text()
    assert "handler: ./worker" in text
    readme = (EXAMPLE / "README.md").read_text()
    for name in ("worker-1", "worker-2", "worker-3"):
        assert f"\n  {name}:" in text and name in readme


def test_dashboard_asks_for_metrics_that_are_written() -> None:
    """Every metric of the dashboard is one that the gateway or the daemon writes."""
    sources = (
        "LocalGateway/GatewayMetrics.swift", "LiveFarm/FarmMeter.swift", "EnvironmentServer/ServerMeter.swift",
        "DaemonHTTP/DaemonMetrics.swift", "SteeringMetrics/SteeringMeter.swift", "SteeringMetrics/FunctionGauge.swift",
    )  # fmt: skip
    written = "".join((ROOT / "Sources" / source).read_text() for source in sources)
    written += "".join(f'"{name}"' for name in re.findall(r"record: (\S+)", (EXAMPLE / "rules.yml").read_text()))
    board = json.loads((EXAMPLE / "grafana.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert expressions
    for expression in expressions:
        names = set(re.findall(r"\b(?:gateway|faasfarm)[a-z_]*_[a-z0-9_:]+|\bfaasfarm[a-z_]*:[a-z0-9_:]+", expression))
        assert names, expression
        for name in names:
            base = name.removesuffix("_bucket").removesuffix("_count")
            assert f'"{name}"' in written or f'"{base}"' in written, name
