"""The worker of examples/openfaas, called as its template calls it."""

import importlib.util
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from daemon import ROOT

EXAMPLE = ROOT / "examples" / "openfaas"


def _handle(body: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    specification = importlib.util.spec_from_file_location("worker_handler", EXAMPLE / "worker" / "handler.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    event = SimpleNamespace(body=body.encode(), headers={"X-Call-Id": "c1"}, method="POST", path="/", **fields)
    answer = module.handle(event, SimpleNamespace())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("mode", ["sleep", "cpu"])
def test_job(mode: str) -> None:
    """A job takes its time, and is answered with its id as the reference worker does."""
    status, answer = _handle(json.dumps({"id": "t1", "ms": 30, "mode": mode}))
    assert status == 200
    assert answer["id"] == "t1" and answer["mode"] == mode and answer["call_id"] == "c1"
    assert answer["took_ms"] >= 30
    assert {"pid", "host", "seq", "inflight", "method", "path", "ms"} <= answer.keys()


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
        "faasfarm/Serve/DaemonMetrics.swift",
    )  # fmt: skip
    written = "".join((ROOT / "Sources" / source).read_text() for source in sources)
    board = json.loads((EXAMPLE / "grafana.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert expressions
    for expression in expressions:
        names = set(re.findall(r"\b(?:gateway|faasfarm)_[a-z_]+", expression))
        assert names, expression
        for name in names:
            base = name.removesuffix("_bucket").removesuffix("_count")
            assert f'"{name}"' in written or f'"{base}"' in written, name
