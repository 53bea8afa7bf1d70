"""`faasfarm decisions` and `faasfarm review` on a journal, and the review beside `evaluate` on the same calls."""

import json
import lzma
import subprocess
from pathlib import Path

import pytest
from daemon import BINARY, ROOT

# 120 periods of advice, made by Tests/JournalWriter.
JOURNAL = ROOT / "Tests" / "acceptance" / "earlier" / "steer.sqlite.xz"
POLICIES = "target-utilisation,static:4,queue-length"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "steer.sqlite"
    path.write_bytes(lzma.decompress(JOURNAL.read_bytes()))
    return path


def run(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_review_agrees_with_evaluate_to_the_last_digit(journal: Path, tmp_path: Path) -> None:
    scenario, page = tmp_path / "review.yaml", tmp_path / "review.html"
    options = ["--policies", POLICIES, "--as-advised", "--format", "json"]
    review = json.loads(run("review", journal, *options, "--write-scenario", scenario, "--page", page))
    assert review["blocks"] == 12
    assert "Review of resize" in page.read_text()
    policies = f"{review['present_policy']},{POLICIES}"
    evaluated = json.loads(run("evaluate", "--scenario", scenario, "--policies", policies, "--format", "json"))
    assert evaluated["workloads"] == 1
    own = {policy["policy"]: policy for policy in review["evaluation"]["policies"]}
    assert list(own) == ["present", "as-advised", *POLICIES.split(",")]
    for policy in evaluated["policies"]:
        name = "present" if policy["policy"] == review["present_policy"] else policy["policy"]
        ours = own[name]
        for metric, value in policy.items():
            if metric not in ("policy", "difference"):
                assert ours[metric] == value, (name, metric)
        assert ours.get("difference") == policy.get("difference")
    assert review["evaluation"]["fixed_line"] == evaluated["fixed_line"]
    for line in review["policies"]:
        calls = review["calls"]
        assert line["missed"]["mean"] == pytest.approx(calls * (1 - own[line["policy"]]["qos"]["mean"]), abs=1e-6)


def test_stretches_without_decisions_say_what_there_is(journal: Path) -> None:
    assert "120 decisions from 2025-11-24" in run("review", journal, "--from", "2026-03-01", code=1)
    assert "it has resize" in run("review", journal, "--function", "other", code=1)
    assert "--from is written" in run("review", journal, "--from", "yesterday", code=64)


def test_decisions_in_words_and_as_json(journal: Path) -> None:
    lines = run("decisions", journal, "--function", "resize").splitlines()
    assert len(lines) == 120
    assert "target-utilisation recommends" in lines[5]
    assert any("hold-down makes" in line for line in lines)
    objects = [json.loads(line) for line in run("decisions", journal, "--format", "json").splitlines()]
    assert [each["number"] for each in objects] == list(range(1, 121))
    assert {each["outcome"] for each in objects} == {"advised"}
    assert "it has resize" in run("decisions", journal, "--function", "other", code=64)


def test_decisions_are_followed_while_they_come(tmp_path: Path) -> None:
    """The journal's writer is killed, and what it had said it wrote is told."""
    writer = Path(BINARY).parent / "journal-writer"
    if not writer.exists():
        pytest.skip("journal-writer is built with the tests")
    journal = tmp_path / "steer.sqlite"
    with subprocess.Popen([writer, journal], stdout=subprocess.PIPE, text=True) as process:
        try:
            first = [process.stdout.readline() for _ in range(5)]
            assert first[0] == "1\n"
            with subprocess.Popen(
                [BINARY, "decisions", str(journal), "--follow", "--format", "json"], stdout=subprocess.PIPE, text=True
            ) as follower:
                try:
                    seen = [json.loads(follower.stdout.readline())["number"] for _ in range(40)]
                    assert seen == list(range(1, 41))
                finally:
                    follower.terminate()
        finally:
            process.kill()


def test_pruning_leaves_what_is_new(journal: Path) -> None:
    said = run("episodes", "prune", journal, "--steering", "--before", "2025-11-24T16:10:00Z")
    assert "60 decisions and" in said
    assert len(run("decisions", journal).splitlines()) == 60
    assert "--steering takes --before" in run("episodes", "prune", journal, "--steering", "--keep", "3", code=64)
