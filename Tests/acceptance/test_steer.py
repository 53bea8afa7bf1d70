"""`faasfarm steer` on the embedded gateway: advice, promotion, rails, restarts, and kills under traffic."""

import json
import os
import shutil
import signal
import subprocess
import textwrap
import time
import urllib.request
from pathlib import Path

import faasfarm  # noqa: F401
import gymnasium
import pytest
from daemon import BINARY, PROMPT, ROOT, Gateway, Program

from measure.soak.steering import run_under_kills


def deploy(gateway: Gateway, name: str = "resize") -> None:
    body = {"service": name, "image": "x", "envProcess": f"{BINARY} worker", "envVars": {"max_inflight": "1"}}
    request = urllib.request.Request(f"{gateway.url}/system/functions", json.dumps(body).encode(), method="POST")
    assert urllib.request.urlopen(request, timeout=PROMPT).status == 202


def replicas(gateway: Gateway, name: str = "resize") -> int:
    with urllib.request.urlopen(f"{gateway.url}/system/function/{name}", timeout=PROMPT) as answer:
        return json.load(answer)["replicas"]


def wait_until(condition, what: str) -> None:
    end = time.monotonic() + PROMPT
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Steer(Program):
    """`faasfarm steer` of one function, a decision every 0.2 s."""

    def __init__(self, gateway: Gateway, journal: Path, *arguments: object) -> None:
        self.journal = journal
        super().__init__(
            BINARY, "steer", "--gateway", gateway.url, "--function", "resize", "--period", 0.2, "--hold-down", 0,
            "--journal", journal, "--format", "json", *arguments,
        )  # fmt: skip

    def tell(self, *words: object, journal: bool = True) -> str:
        command = [BINARY, "steer", *words, *(["--journal", self.journal] if journal else [])]
        answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def status(self) -> dict:
        return json.loads(self.tell("status", "--format", "json"))["functions"][0]

    def has_decided(self) -> bool:
        return bool(json.loads(self.tell("status", "--format", "json"))["functions"])


def decisions(journal: Path) -> list[dict]:
    text = subprocess.run(
        [BINARY, "decisions", journal, "--format", "json"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def gateway():
    with Gateway() as gateway:
        deploy(gateway)
        yield gateway


def test_advice_changes_nothing_until_it_is_promoted_and_a_revert_goes_back(gateway, tmp_path: Path) -> None:
    with Steer(gateway, tmp_path / "steer.sqlite", "--policy", "static:4", "--advise") as steer:
        wait_until(steer.has_decided, "no decision")
        assert steer.status()["decision"]["asked"] == 4
        assert steer.status()["mode"] == "advise"
        assert replicas(gateway) == 1
        steer.tell("promote", "resize")
        wait_until(lambda: replicas(gateway) == 4, "the promoted policy does not act")
        steer.tell("pause", "resize")
        wait_until(lambda: steer.status().get("pause") == "both", "it is not paused")
        steer.tell("resume", "resize")
        steer.tell("revert", "resize")
        wait_until(lambda: replicas(gateway) == 1, "the way back leads elsewhere")
        wait_until(lambda: steer.status()["mode"] == "advise", "it is not advice again")
        assert steer.stop(signal.SIGTERM) < 2


def test_a_kill_is_no_jump(gateway, tmp_path: Path) -> None:
    journal = tmp_path / "steer.sqlite"
    with Steer(gateway, journal, "--policy", "static:5") as steer:
        wait_until(lambda: replicas(gateway) == 5, "the policy does not act")
        steer.process.kill()
        steer.process.wait()
    # Two workers fewer a period from what was asked for, not from the least there may be.
    with Steer(gateway, journal, "--policy", "static:1", "--largest-step-down", 2):
        wait_until(lambda: replicas(gateway) == 1, "the policy does not act")
    made = decisions(journal)
    assert [each["number"] for each in made] == list(range(1, len(made) + 1))
    asked = [each["asked"] for each in made]
    assert asked[asked.index(3) - 1] == 5 and min(asked) == 1
    assert max(a - b for a, b in zip(asked, asked[1:], strict=False)) == 2


def test_an_agent_at_the_other_end_steers(gateway, tmp_path: Path) -> None:
    options = ("--policy", "agent", "--fallback", 2, "--agents-listen", f"ipc://{tmp_path}/agents")
    with Steer(gateway, tmp_path / "steer.sqlite", *options) as steer:
        # Before it comes, and after it has gone, the fallback has the function.
        wait_until(lambda: replicas(gateway) == 2, "the fallback does not act")
        env = gymnasium.make("faasfarm/Farm-v0", endpoint=steer.announced["endpoint"], action="target")
        env.reset(seed=1)
        # The sixth of 1 to 10 workers; the fallback gives back once the agent has answered well for a while.
        for _ in range(50):
            _, _, terminated, truncated, _ = env.step(5)
            assert not (terminated or truncated)
            if replicas(gateway) == 6:
                break
        assert replicas(gateway) == 6
        assert any(each["author"] == "policy" and each["recommended"] is not None for each in decisions(steer.journal))
        env.close()
        wait_until(lambda: steer.status()["isOnFallback"], "nobody notices that the agent has gone")
        assert steer.stop(signal.SIGTERM) < 2
    refused = subprocess.run(
        [BINARY, "steer", "--gateway", gateway.url, "--function", "resize", "--policy", "agent"],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert "--agents-listen" in refused.stderr


def test_what_is_wrong_is_said_and_costs_nothing(gateway, tmp_path: Path) -> None:
    def refusal(*words: object) -> str:
        command = [BINARY, "steer", *words, "--journal", tmp_path / "steer.sqlite"]
        answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
        assert answer.returncode != 0 and answer.stdout == ""
        return answer.stderr

    place = ("--gateway", gateway.url, "--function", "resize")
    assert "--policy is missing" in refusal(*place)
    assert "there is no policy of the name" in refusal(*place, "--policy", "expert")
    # The gateway's metrics tell nothing of deadlines that are none of their bounds.
    assert "needs" in refusal(*place, "--policy", "ratchet", "--deadline", 3)
    assert "--ingress-listen" in refusal(*place, "--policy", "static:1", "--source", "ingress")
    assert "is not there" in refusal("status")
    bad = tmp_path / "bad.yaml"
    bad.write_text("gateway: {url: 'http://127.0.0.1:1'}\nfunctions:\n  - {function: a, polity: static}\n")
    assert 'bad.yaml:3: unknown key "polity"' in refusal("run", bad)


EXAMPLES = ROOT / "examples" / "steering"


def test_the_configuration_of_the_manifest_is_read(tmp_path: Path) -> None:
    manifest = (EXAMPLES / "kubernetes.yaml").read_text()
    text = textwrap.dedent(manifest.split("steer.yaml: |\n")[1].split("---")[0])
    (tmp_path / "password").write_text("secret")
    for old, new in [
        ("http://gateway.openfaas.svc:8080", "http://127.0.0.1:9"),
        ("/login/basic-auth-password", str(tmp_path / "password")),
        ("0.0.0.0:9100", "127.0.0.1:0"),
        ("0.0.0.0:9200", "127.0.0.1:0"),
    ]:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "steer.yaml").write_text(text)
    command = ("run", tmp_path / "steer.yaml", "--journal", tmp_path / "steer.sqlite", "--format", "json")
    with Program(BINARY, "steer", *command) as steer:
        assert steer.stop(signal.SIGTERM) < 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_one(tmp_path: Path) -> None:
    unit = tmp_path / "faasfarm-steer.service"
    text = (EXAMPLES / unit.name).read_text()
    assert "ExecStart=/usr/local/bin/faasfarm steer run " in text
    unit.write_text(text.replace("/usr/local/bin/faasfarm", str(BINARY.resolve())))
    answer = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (answer.returncode, answer.stdout + answer.stderr) == (0, "")


def test_the_example_is_read(tmp_path: Path) -> None:
    text = (EXAMPLES / "steer.yaml").read_text().replace("9100", "0").replace("9200", "0").replace("9300", "0")
    (tmp_path / "steer.yaml").write_text(text)
    command = ("run", tmp_path / "steer.yaml", "--journal", tmp_path / "steer.sqlite", "--format", "json")
    with Program(BINARY, "steer", *command) as steer:
        assert steer.announced["gateway"] == "http://127.0.0.1:8080"
        assert steer.stop(signal.SIGINT) < 2


def test_traffic_while_everything_is_killed_in_turn(tmp_path: Path) -> None:
    """The code of `make soak`, which takes half an hour; here a few seconds and three kills."""
    result = run_under_kills(BINARY, tmp_path, seconds=9, kills=3, rate=20, seed=int(os.environ.get("SEED", "7")))
    assert result.problems == []
    assert result.accepted > 0 and result.ended == result.accepted
    assert result.decisions > 10 and result.kills == 3
