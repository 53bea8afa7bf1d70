"""What the daemon and steered functions tell Prometheus: a real one reads it, and its rules say what they should."""

import json
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon import BINARY, ROOT, SMALL, Client, Daemon, Program, info, wait_until
from prometheus_client.openmetrics.parser import text_string_to_metric_families

RULES = ROOT / "examples/openfaas/rules.yml"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def tool(name: str) -> str:
    """A program of Prometheus's; the test is skipped where there is none."""
    found = shutil.which(name) or shutil.which(name, path=ROOT / ".build/tools/usr/bin")
    if found is None:
        pytest.skip(f"there is no {name}; scripts/prometheus.sh gets it where apt has Debian's package")
    return found


class Served(Daemon):
    """A daemon with one pool that serves its metrics."""

    def __init__(self) -> None:
        super().__init__("--pools", 1, "--log-level", "notice", "--metrics-listen", "127.0.0.1:0")
        self.metrics = address(self)


def address(program: Program) -> str:
    """Where a program has said that its metrics are."""
    wait_until(lambda: "/metrics" in program.log(), what="the address in the log")
    return re.search(r"http://(\S+)/metrics", program.log()).group(1)


def get(url: str, accept: str = "*/*") -> tuple[str, str]:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers["Content-Type"], response.read().decode()


@pytest.fixture(scope="module")
def programs() -> Iterator[tuple[Served, Program, int]]:
    """A daemon whose farm has had an episode, and steered functions; and the tasks that met their deadline."""
    with (
        Served() as daemon,
        Program(BINARY.parent / "steering-stage", 0, 0.5) as stage,
        Client(daemon.endpoint) as client,
    ):
        client.make(SMALL)
        client.reset()
        while not (reply := client.step()).get("terminated") and not reply.get("truncated"):
            pass
        yield daemon, stage, info(reply)["totals"]["met"]


def test_rules() -> None:
    """The rules are rules, and say what they should of series that are made up."""
    check = subprocess.run([tool("promtool"), "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_rules_of_made_up_series(tmp_path: Path) -> None:
    text = Path(__file__).with_name("rules_test.yml").read_text().replace("RULES", str(RULES))
    (tmp_path / "rules_test.yml").write_text(text)
    command = [tool("promtool"), "test", "rules", tmp_path / "rules_test.yml"]
    test = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert test.returncode == 0, test.stdout + test.stderr


def test_text_is_clean(programs: tuple[Served, Program, int]) -> None:
    """A strict reader of OpenMetrics takes all of it, promtool finds nothing; both forms tell the same series."""
    for url in (f"http://{programs[0].metrics}/metrics", f"http://{address(programs[1])}/metrics"):
        kind, text = get(url, OPEN_METRICS)
        assert kind == OPEN_METRICS and text.endswith("# EOF\n")
        families = list(text_string_to_metric_families(text))
        names = [family.name for family in families]
        assert len(names) == len(set(names)) > 10 and all(family.documentation for family in families)
        kind, plain = get(url)
        assert kind.startswith("text/plain; version=0.0.4")
        assert series(plain) == series(text)
        lint = subprocess.run(
            [tool("promtool"), "check", "metrics"], input=plain, capture_output=True, text=True, check=False, timeout=30
        )
        assert lint.returncode == 0, lint.stdout + lint.stderr


def series(text: str) -> set[str]:
    return {line.rsplit(" ", 1)[0] for line in text.splitlines() if line and not line.startswith("#")}


def test_dashboard_and_rules_name_what_is_told(programs: tuple[Served, Program, int]) -> None:
    """Every metric of ours in the rules and on the dashboard is told by a program, or recorded by a rule."""
    rules = RULES.read_text()
    told = {re.split(r"[{ ]", line)[0] for url in addresses(programs) for line in series(get(url)[1])}
    told |= set(re.findall(r"record: (\S+)", rules)) | {"faasfarm_recording_lag_seconds"}
    board = (RULES.parent / "grafana.json").read_text()
    asked = set(re.findall(r"\bfaasfarm[a-z_]*(?::[a-z0-9_:]+|_[a-z0-9_]+)", rules + board)) - {"faasfarm-gateway"}
    assert asked - told == set()
    panels = json.loads(board)["panels"]
    for expression in (target["expr"] for panel in panels for target in panel.get("targets", [])):
        assert not re.search(r"\[\d+[smh]\]", expression), f"a fixed range misses scrapes: {expression}"


def addresses(programs: tuple[Served, Program, int]) -> list[str]:
    return [f"http://{programs[0].metrics}/metrics", f"http://{address(programs[1])}/metrics"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_real_prometheus(programs: tuple[Served, Program, int], tmp_path: Path) -> None:
    """It scrapes all listeners without an error, and its rules tell what the programs tell."""
    daemon, stage, met = programs
    binary, port = tool("prometheus"), free_port()
    # The rules as they are, but for the time that alerts wait.
    (tmp_path / "rules.yml").write_text(re.sub(r"for: \d+m", "for: 0s", RULES.read_text()))
    targets = [daemon.metrics, address(stage)]
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: [{tmp_path}/rules.yml]\n"
        f"scrape_configs: [{{job_name: faasfarm, static_configs: [{{targets: {json.dumps(targets)}}}]}}]\n"
    )
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(
        [binary, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
         f"--web.listen-address=127.0.0.1:{port}"],
        stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}/api/v1"

        def ask(path: str) -> dict:
            try:
                return json.loads(get(f"{base}/{path}")[1])["data"]
            except OSError:
                return {}

        def value(query: str) -> float:
            result = ask("query?query=" + urllib.parse.quote(query)).get("result", [])
            assert len(result) <= 1, result
            return float(result[0]["value"][1]) if result else float("nan")

        def health() -> list[str]:
            return [target["health"] for target in ask("targets").get("activeTargets", [])]

        wait_until(lambda: health() == ["up", "up"], 60, "both targets")
        wait_until(lambda: value('faasfarm_steering:qos:ratio5m{function="resize"}') > 0, 60, "the recording rules")
        assert all(target["lastError"] == "" for target in ask("targets")["activeTargets"])
        assert value('faasfarm_deadlines_total{outcome="met"}') == met > 0
        assert 0 < value("faasfarm_response_seconds_count") <= value('faasfarm_tasks_total{outcome="done"}')
        assert value("faasfarm_platform_reachable") == 1 and value("faasfarm_farms") == 1
        assert value('faasfarm_steering_fallback_active{function="failing"}') == 1
        assert value('faasfarm_steering_asked_workers{function="blind"}') == 2
        assert value('faasfarm_steering_input_age_seconds{function="blind"}') == float("inf")
        assert 0 < value('faasfarm_steering:response_seconds:p95_5m{function="resize"}') < 30

        def firing() -> set[tuple[str, str]]:
            alerts = [alert["labels"] for alert in ask("alerts").get("alerts", []) if alert["state"] == "firing"]
            return {(labels["alertname"], labels.get("function", "")) for labels in alerts}

        expected = {
            ("FaaSFarmSteeringFallback", "failing"), ("FaaSFarmSteeringBlind", "blind"),
            ("FaaSFarmSteeringPlatform", "stranded"),
        }  # fmt: skip
        wait_until(lambda: expected <= firing(), 30, f"the alerts {expected}")
        assert not {name for name, function in firing() if function == "resize"} - {
            "FaaSFarmSteeringMissesDeadlines", "FaaSFarmSteeringOldCall",
        }  # fmt: skip
        groups = ask("rules")["groups"]
        assert all(rule["health"] == "ok" for group in groups for rule in group["rules"])
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
